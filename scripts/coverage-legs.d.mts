/** Files by the leg of the matrix that measures them. */
export const COVERED_IN: Readonly<Record<"Deno" | "Bun" | "workerd" | "Chromium", readonly string[]>>;

/** So much of each file has to be covered, in percent of its lines and of its branches. */
export const REQUIRED_PERCENT: number;

/** Set to the folder that legs write to what they covered; without it nothing is measured. */
export const COVERAGE_DIRECTORY_VARIABLE: string;

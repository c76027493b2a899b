/** The modules that entries import from each other and from other files, themselves included, by path below `root`. */
export function modulesOf(root: string, entries: readonly string[]): string[];

/** The files that `deno publish --dry-run` says it would upload, by path below `root`. */
export function filesOfDryRun(root: string, output: string): string[];

/** What is wrong with the files of an archive, a line each: a module that is missing, or one that nobody imports. */
export function judgeArchive(files: readonly string[], modules: readonly string[]): string[];

/** The same script without comments, but for those that say who may use it. */
export function stripComments(code: string): Promise<string>;

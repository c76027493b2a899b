/** The scripts for browsers, by name, and the sources that they are made from. */
export const BROWSER_SCRIPTS: { readonly browser: string; readonly "browser-worker": string };

/** Writes the scripts for browsers below `dist`. */
export function bundleBrowser(root: string): Promise<void>;

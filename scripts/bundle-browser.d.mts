import type { BuildResult, Plugin } from "esbuild";

/** The scripts for browsers, by name, and the sources that they are made from. */
export const BROWSER_SCRIPTS: { readonly browser: string; readonly "browser-worker": string };

/** Makes the scripts, and what they share: below `dist`, or only in memory without `write`. */
export function buildForBrowsers(
  root: string,
  options?: { readonly plugins?: Plugin[]; readonly write?: boolean },
): Promise<BuildResult>;

/** Writes the scripts for browsers below `dist`. */
export function bundleBrowser(root: string): Promise<void>;

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../package/built-package.ts";

/** README.md of the repository. */
export const README: string = readFileSync(join(ROOT, "README.md"), "utf8");

/** Its fenced blocks of a language, in order. */
export function blocksOf(language: string): readonly string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(([, text = ""]) => text);
}

/*
 * The licences of packages whose code goes into files of ours. Each wants to be kept with every copy.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A licence as {@link licenceOf} writes it, with the name of its package. */
const LICENCE = /^\/\*!\n(\S+) \S+ \([^)]*\)\n\n[\s\S]*?\n\*\/\n/gm;

/** The licences of all that esbuild put into a bundle, by package; modules that were generated bring theirs along. */
export function licencesOf(root, { inputs }) {
  const texts = new Map();
  for (const path of Object.keys(inputs)) {
    const [folder, name] = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    if (name !== undefined) texts.set(name, licenceOf(join(root, folder), name));
    else if (path.endsWith(".gen.ts")) for (const [found, text] of licencesIn(join(root, path))) texts.set(found, text);
  }
  return [...texts.keys()].sort().map((name) => texts.get(name));
}

/** The licences that stand in a file, with the names of their packages. */
function licencesIn(path) {
  return [...readFileSync(path, "utf8").matchAll(LICENCE)].map(([text, name]) => [name, text]);
}

/** What the package in a folder says about who may use it, as a comment. @throws when it says nothing */
export function licenceOf(folder, name) {
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = existsSync(folder) && readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`Cannot bundle ${name}: its licence was not found`);
  const text = readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").replaceAll("*/", "* /").trim();
  return `/*!\n${name} ${version} (${license})\n\n${text.replace(/[ \t]+$/gm, "")}\n*/\n`;
}

/*
 * Which modules the package for Deno consists of: those that its entries import, at once, later, or for their types.
 */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";

/** The modules that entries import from each other and from other files, themselves included, by path below `root`. */
export function modulesOf(root, entries) {
  const modules = new Set();
  const pending = entries.map((entry) => posix.normalize(entry));
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (modules.has(path)) continue;
    modules.add(path);
    const { importedFiles } = ts.preProcessFile(readFileSync(join(root, path), "utf8"), true, true);
    for (const { fileName } of importedFiles) {
      if (fileName.startsWith(".")) pending.push(posix.join(posix.dirname(path), fileName));
    }
  }
  return [...modules].sort();
}

/** The files that `deno publish --dry-run` says it would upload, by path below `root`. */
export function filesOfDryRun(root, output) {
  const prefix = pathToFileURL(join(root, "/")).href;
  return [...output.matchAll(/^ *(file:\/\/\S+) \([\d.]+[KMG]?B\)$/gm)]
    .map(([, url]) => url)
    .filter((url) => url.startsWith(prefix))
    .map((url) => decodeURIComponent(url.slice(prefix.length)))
    .sort();
}

/** What is wrong with the files of an archive, a line each: a module that is missing, or one that nobody imports. */
export function judgeArchive(files, modules) {
  const missing = modules.filter((path) => !files.includes(path));
  const unused = files.filter((path) => /\.[cm]?[jt]sx?$/.test(path) && !modules.includes(path));
  return [
    ...missing.map((path) => `${path} is imported, and is not in the archive: see publish in deno.json`),
    ...unused.map((path) => `${path} is in the archive, and no entry imports it: see publish in deno.json`),
  ];
}

/*
 * Lexical paths with "/" between names, as every file-system port takes them. A backslash is an ordinary character of
 * a name here, as it is on POSIX; on Windows the host turns separators into "/" before a path comes in.
 */

/** Whether `path` starts at the root of a file system: `/...`, or `C:/...` as Windows has it. */
export function isAbsolutePath(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z]:\//.test(path);
}

/** An absolute path that has nothing to normalise: most are like that, and this is how they pass quickly. */
const NORMAL_PATH = /^(?:[A-Za-z]:)?(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/;

/** `path` without empty, `.` and `..` names; an absolute path never climbs above its root. `""` becomes `"."`. */
export function normalizePath(path: string): string {
  if (NORMAL_PATH.test(path)) return path;
  const [, root = "", rest = ""] = /^((?:[A-Za-z]:)?\/)?(.*)$/s.exec(path) ?? [];
  const names: string[] = [];
  for (const name of rest.split("/")) {
    if (name === "" || name === ".") continue;
    if (name === ".." && names.length > 0 && names.at(-1) !== "..") names.pop();
    else if (name !== ".." || root === "") names.push(name);
  }
  return root + names.join("/") || ".";
}

/** `path` seen from the folder `base`: an absolute `path` stays itself. */
export function resolvePath(base: string, path: string): string {
  return normalizePath(isAbsolutePath(path) ? path : `${base}/${path}`);
}

/** The folder that holds the last name of `path`; the root of a file system is its own parent. */
export function parentPath(path: string): string {
  if (!NORMAL_PATH.test(path)) return normalizePath(`${path}/..`);
  const end = path.lastIndexOf("/");
  return path.slice(0, end === path.indexOf("/") ? end + 1 : end);
}

/** The last name of `path`, `""` for the root of a file system. */
export function baseName(path: string): string {
  const start = path.lastIndexOf("/") + 1;
  if (start < path.length) return path.slice(start);
  return /([^/]*)\/*$/.exec(path)?.[1] ?? "";
}

/** Whether the normalised `path` is the folder `base` or below it. */
export function isInsidePath(base: string, path: string): boolean {
  return path === base || path.startsWith(base.endsWith("/") ? base : `${base}/`);
}

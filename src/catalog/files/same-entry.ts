import { baseName, parentPath } from "../../core/path.ts";
import type { FileSystem } from "../../ports/file-system.ts";

/**
 * Whether two paths are one name in one folder, however they lead there: a mount can show a folder twice, and two names
 * of one file are told from one name of it by their folders alone. Where case or normal form may not matter, names that
 * differ in that only count as one.
 */
export async function isSameEntry(fs: FileSystem, one: string, other: string): Promise<boolean> {
  if (plain(baseName(one)) !== plain(baseName(other))) return false;
  const [folder, otherFolder] = [await fs.stat(parentPath(one)), await fs.stat(parentPath(other))];
  return folder !== undefined && folder.identity === otherFolder?.identity;
}

function plain(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/** The path of `path` below a folder, found by what the folders on the way are; `undefined` when it is not below it. */
export async function findPathBelow(fs: FileSystem, folder: string, path: string): Promise<string | undefined> {
  const wanted = (await fs.stat(folder))?.identity;
  if (wanted === undefined) return undefined;
  const names: string[] = [];
  for (let at = path; at !== parentPath(at); at = parentPath(at)) {
    names.unshift(baseName(at));
    if ((await fs.stat(parentPath(at)))?.identity === wanted) return names.join("/");
  }
  return undefined;
}

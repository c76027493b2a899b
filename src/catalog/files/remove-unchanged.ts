import { hasCode } from "../../core/messages/file-error.ts";
import { shortHash } from "../../core/naming/short-hash.ts";
import { baseName, parentPath } from "../../core/path.ts";
import type { FileStat, FileSystem } from "../../ports/file-system.ts";

/**
 * Removes a file if it is as it should be, and whatever somebody else put in its place stays: the name is taken from
 * whatever has it, which is looked at under another name in the same folder, and goes or gets its name back. A crash
 * in between leaves the file there, hidden, until {@link restoreRemoved} is asked for it.
 * @throws what the file system throws, with the file under its name as far as that can be had
 */
export async function removeUnchanged(
  fs: FileSystem,
  path: string,
  isUnchanged: (stat: FileStat) => boolean | Promise<boolean>,
): Promise<"removed" | "gone" | "changed"> {
  const aside = await chooseName(fs, path);
  try {
    await fs.rename(path, aside);
    const stat = await fs.lstat(aside);
    if (stat !== undefined && (await isUnchanged(stat))) {
      await fs.unlink(aside);
      return "removed";
    }
  } catch (error) {
    if (hasCode(error, "ENOENT") && (await fs.lstat(path)) === undefined) return "gone";
    const left = await fs.lstat(aside);
    // What failed may have worked all the same.
    if (left === undefined && (await fs.lstat(path)) === undefined) return "removed";
    if (left !== undefined) await giveBack(fs, aside, path);
    throw error;
  }
  await giveBack(fs, aside, path);
  return "changed";
}

/**
 * Gives a file that a killed {@link removeUnchanged} left hidden its name back, unless somebody has that by now. Gives
 * whether there is a file of that name then. Whoever removes it at this moment finds that it is not gone.
 * @throws what the file system throws
 */
export async function restoreRemoved(fs: FileSystem, path: string): Promise<boolean> {
  if ((await fs.lstat(path)) !== undefined) return true;
  for (let number = 0; ; number++) {
    const aside = nameAside(path, number);
    if ((await fs.lstat(aside)) === undefined) return false;
    try {
      await giveBack(fs, aside, path);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
    }
    if ((await fs.lstat(path)) !== undefined) return true;
  }
}

/** The path that a file had, if its name says that it was on the way to be removed. */
export function pathBeforeRemoval(path: string): string | undefined {
  const [, name, hash] = NAME_ASIDE.exec(baseName(path)) ?? [];
  if (name === undefined || hash === undefined) return undefined;
  const before = inFolderOf(path, name);
  for (let number = 0; number < MAX_LEFT; number++) {
    if (shortHash(`${before}\n${number}`) === hash) return before;
  }
  return undefined;
}

const NAME_ASIDE = /^\.(.+)\.([0-9a-f]{10})\.removing$/s;
/** So many bytes of UTF-8 of a name leave room for what is added to it. */
const MAX_NAME_BYTES = 200;
/** Each stands for a process that was killed while it removed the same file. */
const MAX_LEFT = 100;

/** A name beside `path` that nobody has. */
async function chooseName(fs: FileSystem, path: string): Promise<string> {
  for (let number = 0; ; number++) {
    const aside = nameAside(path, number);
    if ((await fs.lstat(aside)) === undefined) return aside;
  }
}

/** It says how the file was called where there is room for that. */
function nameAside(path: string, number: number): string {
  const name = baseName(path);
  const isShort = new TextEncoder().encode(name).length <= MAX_NAME_BYTES;
  return inFolderOf(path, `.${isShort ? `${name}.` : ""}${shortHash(`${path}\n${number}`)}.removing`);
}

function inFolderOf(path: string, name: string): string {
  const folder = parentPath(path);
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/** Gives a file its name back, unless somebody has it by now: then both stay. */
async function giveBack(fs: FileSystem, aside: string, path: string): Promise<void> {
  if (fs.capabilities.hardlink) {
    try {
      await fs.link(aside, path);
      return await fs.unlink(aside);
    } catch (error) {
      if (hasCode(error, "EEXIST")) return;
      if (!hasCode(error, "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS")) throw error;
    }
  }
  if ((await fs.lstat(path)) === undefined) await fs.rename(aside, path);
}

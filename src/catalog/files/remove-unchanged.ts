import { hasCode } from "../../core/messages/file-error.ts";
import { shortHash } from "../../core/naming/short-hash.ts";
import { parentPath } from "../../core/path.ts";
import type { FileStat, FileSystem } from "../../ports/file-system.ts";

/**
 * Removes a file if it is as it should be, and whatever somebody else put in its place stays: the name is taken from
 * whatever has it, which is looked at under another name in the same folder, and goes or gets its name back. A crash
 * in between leaves the file there, hidden.
 * @throws what the file system throws, with the file under its name as far as that can be had
 */
export async function removeUnchanged(
  fs: FileSystem,
  path: string,
  isUnchanged: (stat: FileStat) => boolean,
): Promise<"removed" | "gone" | "changed"> {
  const aside = await chooseName(fs, path);
  try {
    await fs.rename(path, aside);
    const stat = await fs.lstat(aside);
    if (stat !== undefined && isUnchanged(stat)) {
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

/** A name beside `path` that nobody has. */
async function chooseName(fs: FileSystem, path: string): Promise<string> {
  const folder = parentPath(path);
  const start = folder.endsWith("/") ? folder : `${folder}/`;
  for (let number = 0; ; number++) {
    const name = `${start}.${shortHash(`${path}\n${number}`)}.removing`;
    if ((await fs.lstat(name)) === undefined) return name;
  }
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

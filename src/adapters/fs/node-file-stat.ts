import { type BigIntStats, type Dirent, statSync } from "node:fs";
import type { FileKind, FileStat } from "../../ports/file-system.ts";

const OWNERS = process.platform !== "win32";

/** What Node says about a file, in the words of the port. */
export function asFileStat(stat: BigIntStats): FileStat {
  return {
    kind: kindOf(stat),
    sizeBytes: Number(stat.size),
    modifiedMs: Number(stat.mtimeNs) / 1e6,
    identity: identityOf(stat),
    links: Number(stat.nlink),
    mode: Number(stat.mode & 0o7777n),
    // Windows has other owners, and Node says 0 for all.
    owner: OWNERS ? { userId: Number(stat.uid), groupId: Number(stat.gid) } : undefined,
  };
}

/** As bigint: inode numbers of 64 bits (ZFS, NTFS) do not fit a number, and two files would look like one. */
function identityOf(stat: BigIntStats): string {
  const inode = `${stat.dev}:${stat.ino}`;
  if (!stat.isDirectory() || stat.birthtimeNs <= 0n) return inode;
  birthIsTold ??= tellsBirth(process.execPath);
  return birthIsTold ? `${inode}:${stat.birthtimeNs}` : inode;
}

let birthIsTold: boolean | undefined;

/**
 * Whether this system tells when a file was made, by the example of one that was changed since. Where it does not, Node
 * gives the time of the last change of the inode, which is another one for each name that comes or goes in a folder.
 */
export function tellsBirth(example: string): boolean {
  try {
    const { birthtimeNs, ctimeNs } = statSync(example, { bigint: true });
    return birthtimeNs !== ctimeNs;
  } catch {
    // Nobody may look at it: an identity that stays the same is the safe one.
    return false;
  }
}

/** What a name stands for. */
export function kindOf(entry: BigIntStats | Dirent): FileKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "symlink" : "other";
}

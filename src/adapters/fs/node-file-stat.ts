import type { BigIntStats, Dirent } from "node:fs";
import type { FileKind, FileStat } from "../../ports/file-system.ts";

const OWNERS = process.platform !== "win32";

/** What Node says about a file, in the words of the port. */
export function asFileStat(stat: BigIntStats): FileStat {
  return {
    kind: kindOf(stat),
    sizeBytes: Number(stat.size),
    modifiedMs: Number(stat.mtimeNs) / 1e6,
    // As bigint: inode numbers of 64 bits (ZFS, NTFS) do not fit a number, and two files would look like one.
    identity: `${stat.dev}:${stat.ino}`,
    links: Number(stat.nlink),
    mode: Number(stat.mode & 0o7777n),
    // Windows has other owners, and Node says 0 for all.
    owner: OWNERS ? { userId: Number(stat.uid), groupId: Number(stat.gid) } : undefined,
  };
}

/** What a name stands for. */
export function kindOf(entry: BigIntStats | Dirent): FileKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "symlink" : "other";
}

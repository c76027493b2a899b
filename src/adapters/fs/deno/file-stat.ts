import type { FileKind, FileStat } from "../../../ports/file-system.ts";

/** What Deno says a name stands for. */
export interface DenoEntry {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isSymlink: boolean;
}

/** What Deno says about a file, as far as it is used, so that nobody needs Deno's types to compile it. */
export interface DenoFileInfo extends DenoEntry {
  readonly size: number;
  readonly mtime: Date | null;
  readonly birthtime: Date | null;
  readonly dev: number;
  readonly ino: number | null;
  readonly nlink: number | null;
  readonly mode: number | null;
  readonly isFifo: boolean | null;
}

/** What Deno says about a file, in the words of the port. */
export function asFileStat(info: DenoFileInfo): FileStat {
  return {
    kind: kindOf(info),
    sizeBytes: info.size,
    modifiedMs: info.mtime?.getTime() ?? 0,
    identity: identityOf(info),
    links: info.nlink ?? 1,
    mode: (info.mode ?? 0o666) & 0o7777,
  };
}

/** Deno rounds inode numbers of more than 53 bits (ZFS, NTFS); when the file was made tells such neighbours apart. */
function identityOf({ dev, ino, birthtime, isDirectory }: DenoFileInfo): string {
  const identity = `${dev}:${ino}`;
  // A folder that is made again may get the number of the one before.
  const isTold = isDirectory && birthtime !== null;
  return Number.isSafeInteger(ino) && !isTold ? identity : `${identity}:${birthtime?.getTime()}`;
}

/** What a name stands for. */
export function kindOf(entry: DenoEntry): FileKind {
  if (entry.isFile) return "file";
  if (entry.isDirectory) return "directory";
  return entry.isSymlink ? "symlink" : "other";
}

import type { FileKind, FileStat } from "../../../ports/file-system.ts";

/** What Deno says a name stands for. */
export interface DenoEntry {
  /** A regular file. */
  readonly isFile: boolean;
  /** A folder. */
  readonly isDirectory: boolean;
  /** A symlink itself, which only a look that does not follow it tells. */
  readonly isSymlink: boolean;
}

/** What Deno says about a file, as far as it is used, so that nobody needs Deno's types to compile it. */
export interface DenoFileInfo extends DenoEntry {
  /** In bytes. */
  readonly size: number;
  /** When its content was changed, to the millisecond. */
  readonly mtime: Date | null;
  /** When it was made. */
  readonly birthtime: Date | null;
  /** Number of its device. */
  readonly dev: number;
  /** Number of its inode, rounded to a number of JavaScript. */
  readonly ino: number | null;
  /** How many names it has. */
  readonly nlink: number | null;
  /** Kind and permission bits. */
  readonly mode: number | null;
  /** A pipe with a name. */
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

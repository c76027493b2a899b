/** What a file system can do; what it cannot is done in another way, or refused. */
export interface FileSystemCapabilities {
  /** Files can have several names ({@link FileSystem.link}). */
  readonly hardlink: boolean;
  /** Files can share bytes ({@link FileSystem.clone}), if the device under them can, too. */
  readonly clone: boolean;
  /** {@link FileSystem.syncDirectory} makes names durable; where it cannot, it does nothing. */
  readonly directorySync: boolean;
  /** Files have owners, and {@link FileHandle.setAccess} works; where not, no {@link FileStat.owner} is told. */
  readonly access: boolean;
}

/** To whom a file belongs, by number. */
export interface FileOwner {
  /** The user, as `chown` takes it. */
  readonly userId: number;
  /** The group, as `chown` takes it. */
  readonly groupId: number;
}

/** Who may do what with a file; what is left out stays as it is. */
export interface FileAccess {
  /** Permission bits, like `0o644`. */
  readonly mode?: number | undefined;
  /** To whom it is given. */
  readonly owner?: FileOwner | undefined;
}

/** What a name stands for. */
export type FileKind = "file" | "directory" | "symlink" | "other";

/** What the file system knows about a file. */
export interface FileStat {
  /** What it is; after `stat` that is never `symlink`. */
  readonly kind: FileKind;
  /** Size of the content in bytes; of what is no file, whatever the file system says. */
  readonly sizeBytes: number;
  /** Time of the last change of the content, in milliseconds since 1970, with what fraction there is. */
  readonly modifiedMs: number;
  /**
   * The same for two names of one file and for no two files at once; may come back when a file is gone. That of a folder
   * has the time of its birth in it, where the runtime tells that: one that is removed and made again is another.
   */
  readonly identity: string;
  /** How many names the file has. */
  readonly links: number;
  /** Permission bits, like `0o644`. */
  readonly mode: number;
  /** To whom it belongs; `undefined` where that is not known. */
  readonly owner?: FileOwner | undefined;
}

/** One name in a folder. */
export interface DirectoryEntry {
  /** One name, without its folder. */
  readonly name: string;
  /** What the name itself stands for: symlinks are not followed. */
  readonly kind: FileKind;
  /**
   * Its name is no valid Unicode: `name` shows it with U+FFFD in the place of what cannot be shown, for people, and leads
   * to nothing, or to another file that is called just so.
   */
  readonly unnameable?: true | undefined;
  /**
   * What has the name, as {@link FileSystem.lstat} tells it; only where the list was asked for it, and can tell it for
   * less than a call for each.
   */
  readonly stat?: FileStat | undefined;
}

/** Options of {@link FileSystem.list}. */
export interface ListDirectoryOptions {
  /** Brings along what is known of each file, where that is cheap. @default false */
  readonly stat?: boolean | undefined;
}

/** An open file. Errors are those of {@link FileSystem}. */
export interface FileHandle {
  /** Reads into `target` from the byte `position` on; gives how many bytes came, possibly fewer, `0` at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** Writes once where the last write ended (mode `append`: at the end); gives how many bytes went, possibly fewer. */
  write(bytes: Uint8Array): Promise<number>;
  /** What the file system knows about the open file, whatever its name stands for by now. */
  stat(): Promise<FileStat>;
  /** Resolves when content and size are on the device. A failure says nothing about what is: do not try again. */
  sync(): Promise<void>;
  /**
   * Sets owner and permission bits of the open file or folder itself, whatever its name stands for by now. Where the
   * system does not let this user, or the device has no owners, it fails, as with `EPERM`, and `ENOTSUP` without the
   * capability; the owner is set first.
   */
  setAccess(access: FileAccess): Promise<void>;
  /** Closing twice is safe. */
  close(): Promise<void>;
}

/**
 * - `read`: must exist.
 * - `create`: must not exist (`EEXIST`); for writing and reading.
 * - `append`: must exist; every write goes to the end at that moment, atomically towards other writers.
 */
export type OpenMode = "read" | "create" | "append";

/**
 * Files and folders. Paths are absolute, with "/" between names. Every failure throws an `Error` whose `code` is the
 * POSIX name: `ENOENT`, `EEXIST`, `EXDEV`, `ENOSPC`, ... Names become durable by {@link FileSystem.syncDirectory} only.
 */
export interface FileSystem {
  /** What callers may use; fixed as long as the file system is. */
  readonly capabilities: FileSystemCapabilities;
  /** Mode bits apply to a file that is created. @default mode 0o666 less the process's umask */
  open(path: string, mode: OpenMode, createMode?: number): Promise<FileHandle>;
  /** The whole file. */
  readFile(path: string): Promise<Uint8Array>;
  /** What is at `path`, following symlinks; `undefined` when nothing is there (also a dangling link). */
  stat(path: string): Promise<FileStat | undefined>;
  /** What is at `path` itself, not following a symlink; `undefined` when nothing is there. */
  lstat(path: string): Promise<FileStat | undefined>;
  /**
   * The names in a folder, in pages of at most 256, none of them empty, in no order; an unreadable folder throws. What
   * others do meanwhile may be seen or not.
   */
  list(path: string, options?: ListDirectoryOptions): AsyncIterable<readonly DirectoryEntry[]>;
  /** Room that is left for ordinary users on the device of `path`, in bytes; absent where the runtime cannot tell. */
  readonly freeBytes?: ((path: string) => Promise<number>) | undefined;
  /**
   * Whether two files on the device of `path` may have blocks in common, so that the removal of one frees less than its
   * size; `false` only where that can never be. Absent where nothing is known but {@link FileSystemCapabilities.clone}.
   */
  readonly mayShareBlocks?: ((path: string) => Promise<boolean>) | undefined;
  /** Creates a folder; `EEXIST` when the name is taken, `ENOENT` when its parent is missing. */
  makeDirectory(path: string): Promise<void>;
  /** Removes a folder that is empty; else `ENOTEMPTY`. */
  removeDirectory(path: string): Promise<void>;
  /**
   * Gives `from` the name `to` in one step; a file there is replaced, a folder only if it is empty: else `ENOTEMPTY`, or
   * `EEXIST` as XFS has it.
   */
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name; never replaces (`EEXIST`). */
  link(existing: string, path: string): Promise<void>;
  /**
   * Makes `path` a file of its own with the bytes of `existing`, which the two share until one is written to (reflink);
   * never replaces (`EEXIST`). Leaves nothing behind where bytes cannot be shared: `ENOTSUP`, `EXDEV`, `EINVAL` or
   * `ENOTTY`, as the device under it has it.
   */
  clone(existing: string, path: string): Promise<void>;
  /** Removes the name of a file or symlink. */
  unlink(path: string): Promise<void>;
  /**
   * Sets the permission bits of a file or folder, following symlinks; where a device has none it may refuse, as with
   * `EPERM`.
   */
  setMode(path: string, mode: number): Promise<void>;
  /**
   * Sets the time of the last change of a file's content, in milliseconds since 1970, as finely as the device has it.
   * Absent where nobody can.
   */
  readonly setModified?: ((path: string, modifiedMs: number) => Promise<void>) | undefined;
  /** The path without symlinks, `.` and `..`. */
  realPath(path: string): Promise<string>;
  /** Resolves when the names in a folder are on the device. */
  syncDirectory(path: string): Promise<void>;
}

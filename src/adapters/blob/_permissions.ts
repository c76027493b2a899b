import { hasCode } from "../../core/messages/file-error.ts";
import type { StageOptions } from "../../ports/blob-store.ts";
import type { FileHandle, FileStat, FileSystem } from "../../ports/file-system.ts";

/** Read and execute bits do not matter for a blob; that nobody writes to it by accident does. */
const READ_ONLY = 0o444;
const READ_AND_WRITE = 0o666;
/** Whoever stores bytes has to read them again. */
const BY_OWNER = 0o600;

/** What a file system answers where there are no modes. */
const NO_MODES = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"] as const;

/** The permission bits with which a staged file is created; the umask takes some of them. */
export function createMode({ readOnly = false, mode }: StageOptions): number | undefined {
  if (mode === undefined) return readOnly ? READ_ONLY : undefined;
  return (mode | BY_OWNER) & (readOnly ? READ_ONLY : READ_AND_WRITE);
}

/** The permissions of blobs. Whatever is done to a file takes some away, and gives none. */
export class Permissions {
  readonly #fs: FileSystem;
  /** Whether a file that is created read-only is just that. Unknown before the first one. */
  #createsAsAsked: boolean | undefined;
  #unmasked: number | undefined;

  /** For the blobs on a file system. */
  constructor(fs: FileSystem) {
    this.#fs = fs;
  }

  /** Whether a file that was created read-only is just that, so that its mode needs no change later. */
  async isReadOnly(handle: FileHandle): Promise<boolean> {
    if (this.#createsAsAsked === undefined) {
      // What cannot be seen is set later.
      const [stat] = await Promise.allSettled([handle.stat()]);
      this.#createsAsAsked = stat.status === "fulfilled" && (stat.value.mode & 0o777 & ~READ_ONLY) === 0;
    }
    return this.#createsAsAsked;
  }

  /** Takes away the permission to write. */
  protect(path: string): Promise<void> {
    return this.#limit(path, READ_ONLY);
  }

  /**
   * Leaves a clone no more than the umask and `mode` do: it has all the permissions of the file that it was made from.
   * To see the umask takes a file that is made once, at `probe`.
   */
  async limitClone(
    path: string,
    { mode = READ_AND_WRITE, probe }: { mode?: number | undefined; probe: string },
  ): Promise<void> {
    this.#unmasked ??= await this.#createProbe(probe);
    await this.#limit(path, (mode | BY_OWNER) & this.#unmasked);
  }

  async #createProbe(path: string): Promise<number> {
    const handle = await this.#fs.open(path, "create", READ_AND_WRITE);
    try {
      // Those who own it need no leave of the umask.
      return ((await handle.stat()).mode & READ_AND_WRITE) | BY_OWNER;
    } finally {
      await Promise.allSettled([handle.close()]);
      await this.#fs.unlink(path);
    }
  }

  async #limit(path: string, most: number): Promise<void> {
    try {
      if (this.#fs.capabilities.access) await this.#limitOpened(path, most);
      else {
        const stat = await this.#fs.lstat(path);
        if (stat?.kind === "file" && exceeds(stat, most)) await this.#fs.setMode(path, stat.mode & most);
      }
    } catch (error) {
      if (!hasCode(error, ...NO_MODES)) throw error;
    }
  }

  /** The file that was looked at and no other, should the name stand for another one by now. */
  async #limitOpened(path: string, most: number): Promise<void> {
    const handle = await this.#fs.open(path, "read");
    try {
      const stat = await handle.stat();
      if (exceeds(stat, most)) await handle.setAccess({ mode: stat.mode & most });
    } finally {
      await handle.close();
    }
  }
}

function exceeds({ mode }: FileStat, most: number): boolean {
  return (mode & 0o7777 & ~most) !== 0;
}

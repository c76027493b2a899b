import { hasCode } from "../../core/messages/file-error.ts";
import { parentPath } from "../../core/path.ts";
import type { BlobStat } from "../../ports/blob-store.ts";
import type { FileHandle, FileStat, FileSystem } from "../../ports/file-system.ts";
import { isSameBlob } from "./swap/same-blob.ts";

/** What `link` answers where this file, or any, can have no second name: on FAT, between devices, with too many names. */
const CANNOT_LINK = ["EPERM", "EMLINK", "EXDEV", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"] as const;

/** What `clone` answers where files share no bytes. */
const NEVER_CLONES = ["ENOTSUP", "EOPNOTSUPP", "ENOSYS", "ENOTTY"] as const;

/** What `clone` answers where these two do not: on another device, for an odd file. */
const CANNOT_CLONE = ["EXDEV", "EINVAL", "EPERM", "ETXTBSY"] as const;

/** The permission bits of a file that nobody else may read than those who may read another one. */
export function modeLike({ mode }: Pick<FileStat, "mode">): number {
  return (mode & 0o666) | 0o600;
}

/** Gives files names without ever replacing one. */
export class NameTaker {
  readonly #fs: FileSystem;
  #neverClones = false;
  /** Names that are being taken by way of a placeholder, each with the end of its queue. */
  readonly #queues = new Map<string, Promise<unknown>>();

  /** Asks the file system by its capabilities how a name is taken. */
  constructor(fs: FileSystem) {
    this.#fs = fs;
  }

  /** Gives the file `from` a second name: `taken` when somebody has it, `impossible` where files have only one. */
  async link(from: string, to: string): Promise<"done" | "taken" | "impossible"> {
    if (!this.#fs.capabilities.hardlink) return "impossible";
    try {
      await this.#fs.link(from, to);
      return "done";
    } catch (error) {
      if (hasCode(error, "EEXIST")) return "taken";
      if (hasCode(error, ...CANNOT_LINK)) return "impossible";
      throw error;
    }
  }

  /** Makes `to`, a name of nobody, a file that shares its bytes with `from`. */
  async clone(from: string, to: string): Promise<"done" | "impossible"> {
    if (!this.#fs.capabilities.clone || this.#neverClones) return "impossible";
    try {
      await this.#fs.clone(from, to);
      return "done";
    } catch (error) {
      // Each try would cost as much as a file; what the device under the root cannot do it will not learn.
      if (hasCode(error, ...NEVER_CLONES)) this.#neverClones = true;
      else if (!hasCode(error, ...CANNOT_CLONE)) throw error;
      return "impossible";
    }
  }

  /** Gives the file `from` the name `to`, instead of or beside its own; `false` when somebody has it. */
  async take(from: string, to: string): Promise<boolean> {
    const linked = await this.link(from, to);
    if (linked !== "impossible") return linked === "done";
    return this.serially(to, () => this.#takeByPlaceholder(from, to));
  }

  /**
   * Moves the file `from` to a name of nobody if it is the one that was found, which is told by what was moved. `false`
   * when it is gone, or another one: that gets its name back, or stays where it was moved if somebody has the name.
   */
  async moveFound(from: string, { to, found }: { readonly to: string; readonly found: BlobStat }): Promise<boolean> {
    try {
      await this.#fs.rename(from, to);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
      // It was gone: either it is still, or somebody has its name by now.
      if ((await this.#fs.lstat(from)) === undefined || (await this.#fs.lstat(parentPath(to))) !== undefined)
        return false;
      throw error;
    }
    const moved = await this.#fs.lstat(to);
    if (moved === undefined) return false;
    if (isSameBlob(moved, found)) return true;
    if (moved.kind === "directory") await this.#fs.rename(to, from);
    else if (await this.take(to, from)) await Promise.allSettled([this.#fs.unlink(to)]);
    return false;
  }

  /**
   * Nothing but an exclusive creation takes a name without links, so an empty file holds it until the real one is
   * renamed over it. A crash in between leaves the empty file; it has no row, and makes way for the same bytes later.
   */
  async #takeByPlaceholder(from: string, to: string): Promise<boolean> {
    let handle: FileHandle;
    try {
      handle = await this.#fs.open(to, "create");
    } catch (error) {
      if (hasCode(error, "EEXIST")) return false;
      throw error;
    }
    try {
      await handle.close();
      await this.#fs.rename(from, to);
      return true;
    } catch (error) {
      await Promise.allSettled([this.#removeEmpty(to)]);
      throw error;
    }
  }

  /** Removes a placeholder, and nothing that has taken its place. */
  async #removeEmpty(path: string): Promise<void> {
    const found = await this.#fs.lstat(path);
    if (found?.kind === "file" && found.sizeBytes === 0) await this.#fs.unlink(path);
  }

  /** Lets one caller after the other work with a name, so that those of one process never meet a placeholder. */
  async serially<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#queues.get(name) ?? Promise.resolve();
    const result = before.then(work, work);
    this.#queues.set(name, result);
    try {
      return await result;
    } finally {
      if (this.#queues.get(name) === result) this.#queues.delete(name);
    }
  }
}

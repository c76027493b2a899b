import { hasCode } from "../core/messages/file-error.ts";
import type {
  DirectoryEntry,
  FileAccess,
  FileHandle,
  FileOwner,
  FileStat,
  FileSystem,
  FileSystemCapabilities,
  ListDirectoryOptions,
  OpenMode,
} from "../ports/file-system.ts";

/** Options of {@link createdLike}. */
export interface CreatedLikeOptions {
  /** What new files and folders are to be like: an absolute path. While nothing is there they are as any other. */
  readonly model: string;
  /**
   * - `owner`: what the superuser creates belongs to whom the model belongs.
   * - `access`: besides, files have the permission bits of the model whatever the umask says, and where they cannot have
   *   its group, nothing for that. Whoever creates them may read and write them.
   */
  readonly keep: "owner" | "access";
}

/**
 * A file system whose new files nobody may read who may not read the model, and whose new files and folders lock nobody
 * out who has the model, as SQLite does with its journal. What has owners is changed only through a handle on what was
 * created here: a name could stand for anything by then.
 */
export function createdLike(fs: FileSystem, options: CreatedLikeOptions): FileSystem {
  return new CreatedLike(fs, options);
}

/** What is answered where a device has no owners or modes, or this user may not set them. */
const CANNOT_SET = ["EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"] as const;

const SUPERUSER = 0;
const READ_AND_WRITE = 0o666;
const BY_OWNER = 0o600;

class CreatedLike implements FileSystem {
  readonly capabilities: FileSystemCapabilities;
  readonly freeBytes: FileSystem["freeBytes"];
  readonly mayShareBlocks: FileSystem["mayShareBlocks"];
  readonly setModified: FileSystem["setModified"];
  readonly #fs: FileSystem;
  readonly #options: CreatedLikeOptions;
  /** Whether what is created here belongs to the superuser at first; unknown before the first. */
  #isSuperuser: boolean | undefined;
  /** Of the model, where nothing but that is kept: looked at once. */
  #owner: FileOwner | undefined;

  constructor(fs: FileSystem, options: CreatedLikeOptions) {
    this.capabilities = fs.capabilities;
    this.freeBytes = fs.freeBytes?.bind(fs);
    this.mayShareBlocks = fs.mayShareBlocks?.bind(fs);
    this.setModified = fs.setModified?.bind(fs);
    this.#fs = fs;
    this.#options = options;
  }

  open(path: string, mode: OpenMode, createMode?: number): Promise<FileHandle> {
    if (mode !== "create") return this.#fs.open(path, mode);
    return this.#options.keep === "access" ? this.#createAlike(path, createMode) : this.#createFor(path, createMode);
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#fs.makeDirectory(path);
    const owner = await this.#newOwner();
    if (owner === undefined) return;
    const made = await this.#fs.lstat(path);
    if (made?.kind === "directory" && made.owner?.userId === SUPERUSER) await this.#giveFolder(path, { made, owner });
  }

  async clone(existing: string, path: string): Promise<void> {
    const owner = await this.#newOwner();
    await this.#fs.clone(existing, path);
    if (owner === undefined) return;
    const [made] = await Promise.allSettled([this.#fs.lstat(path)]);
    if (made.status === "fulfilled" && made.value?.owner?.userId !== SUPERUSER) return;
    // There is no handle on what was made, so it cannot be given away: it has to be copied.
    await this.#fs.unlink(path);
    throw Object.assign(new Error("ENOTSUP: a clone cannot be given to its owner"), { code: "ENOTSUP" });
  }

  /** A file that belongs to the owner of the model. */
  async #createFor(path: string, createMode: number | undefined): Promise<FileHandle> {
    const handle = await this.#fs.open(path, "create", createMode);
    return closingOnError(handle, async () => {
      const owner = await this.#newOwner();
      if (owner === undefined) return;
      const own = (await handle.stat()).owner;
      this.#isSuperuser ??= own?.userId === SUPERUSER;
      if (own?.userId === SUPERUSER) await trySet(handle, { owner });
    });
  }

  /** To whom something new is to be given; `undefined` where it stays with whom it is. */
  async #newOwner(): Promise<FileOwner | undefined> {
    if (!this.capabilities.access || this.#isSuperuser === false) return undefined;
    if (this.#options.keep === "access") this.#owner = undefined;
    this.#owner ??= (await this.#fs.stat(this.#options.model))?.owner;
    return this.#owner?.userId === SUPERUSER ? undefined : this.#owner;
  }

  /** A file that is used as the model is. */
  async #createAlike(path: string, createMode: number | undefined): Promise<FileHandle> {
    const model = await this.#fs.stat(this.#options.model);
    if (model === undefined) return this.#fs.open(path, "create", createMode);
    const mode = (model.mode & READ_AND_WRITE) | BY_OWNER;
    if (!this.capabilities.access) return this.#fs.open(path, "create", mode);
    // Nobody else reads it before it is known whose group it has.
    const handle = await this.#fs.open(path, "create", BY_OWNER);
    return closingOnError(handle, () => adapt(handle, { mode, owner: model.owner }));
  }

  /** Gives a folder away that was made here a moment ago, if it is that. */
  async #giveFolder(path: string, { made, owner }: { made: FileStat; owner: FileOwner }): Promise<void> {
    const handle = await this.#fs.open(path, "read");
    try {
      if ((await handle.stat()).identity === made.identity) await trySet(handle, { owner });
    } finally {
      await handle.close();
    }
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#fs.readFile(path);
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.#fs.stat(path);
  }

  lstat(path: string): Promise<FileStat | undefined> {
    return this.#fs.lstat(path);
  }

  list(path: string, options?: ListDirectoryOptions): AsyncIterable<readonly DirectoryEntry[]> {
    return this.#fs.list(path, options);
  }

  removeDirectory(path: string): Promise<void> {
    return this.#fs.removeDirectory(path);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#fs.rename(from, to);
  }

  link(existing: string, path: string): Promise<void> {
    return this.#fs.link(existing, path);
  }

  unlink(path: string): Promise<void> {
    return this.#fs.unlink(path);
  }

  setMode(path: string, mode: number): Promise<void> {
    return this.#fs.setMode(path, mode);
  }

  realPath(path: string): Promise<string> {
    return this.#fs.realPath(path);
  }

  syncDirectory(path: string): Promise<void> {
    return this.#fs.syncDirectory(path);
  }
}

/** Sets what a new file is to have, as far as this user may; what it cannot have is not made up for by more. */
async function adapt(handle: FileHandle, wanted: { mode: number; owner: FileOwner | undefined }): Promise<void> {
  const { owner: own, mode } = await handle.stat();
  const { owner: theirs } = wanted;
  let isAlike = own?.groupId === theirs?.groupId;
  if (own !== undefined && theirs !== undefined) {
    const owner = own.userId === SUPERUSER ? theirs : { userId: own.userId, groupId: theirs.groupId };
    const isWanted = owner.userId !== own.userId || owner.groupId !== own.groupId;
    if (isWanted) isAlike = await trySet(handle, { owner });
  }
  const allowed = isAlike ? wanted.mode : withoutGroup(wanted.mode);
  if (allowed !== mode) await trySet(handle, { mode: allowed });
}

/** For a file of another group: those who had only what the group of the model has must not come in as others. */
function withoutGroup(mode: number): number {
  return (mode & BY_OWNER) | (mode & (mode >> 3) & 0o006);
}

async function trySet(handle: FileHandle, access: FileAccess): Promise<boolean> {
  try {
    await handle.setAccess(access);
    return true;
  } catch (error) {
    if (hasCode(error, ...CANNOT_SET)) return false;
    throw error;
  }
}

async function closingOnError(handle: FileHandle, work: () => Promise<void>): Promise<FileHandle> {
  try {
    await work();
    return handle;
  } catch (error) {
    await Promise.allSettled([handle.close()]);
    throw error;
  }
}

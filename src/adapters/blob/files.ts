import { asCatalogError, hasCode } from "../../core/messages/file-error.ts";
import { type BlobKey, OWN_FOLDERS, parseBlobKey } from "../../core/naming/blob-key.ts";
import { baseName, isInsidePath, normalizePath, parentPath } from "../../core/path.ts";
import { decodePathOfUri, fileUriFromPath, type StorageUri } from "../../core/storage-uri.ts";
import type {
  BlobCapabilities,
  BlobStat,
  BlobStore,
  FoundStaged,
  ListedBlob,
  ListOptions,
  PlaceOptions,
  ReplaceOptions,
  SetAsideOptions,
  StagedBlob,
  StageOptions,
  TakenBlob,
  TakeOptions,
} from "../../ports/blob-store.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { FileHandle, FileStat, FileSystem } from "../../ports/file-system.ts";
import type { ProcessIdentity } from "../../ports/process.ts";
import type { RootMarkers } from "../../ports/root-markers.ts";
import { createdLike } from "../created-like.ts";
import { streamOf } from "./_file-stream.ts";
import { listFiles } from "./_list-files.ts";
import { isSameBlob, NameTaker } from "./_name-taker.ts";
import { createMode, Permissions } from "./_permissions.ts";
import { Placeholders } from "./_placeholders.ts";
import { Quarantine } from "./_quarantine.ts";
import { StagedFiles } from "./_staged-files.ts";
import { StagedWriter } from "./_staged-writer.ts";
import { Trash } from "./_trash.ts";
import { Folders, obstructed } from "./folders.ts";
import { FileMarkers } from "./markers/file-markers.ts";
import { findListedPath } from "./naming/canonical-keys.ts";

/** Options of {@link openFileBlobStore}. */
export interface FileBlobStoreOptions {
  /** Where the files are. */
  readonly fs: FileSystem;
  /** Gives the random part of the names of staged files. */
  readonly entropy: Entropy;
  /** The root: an absolute path. It is created when the first bytes come. */
  readonly rootDir: string;
  /** Who stages, so that leftovers of a process that died can be told from files that are on their way. */
  readonly owner?: ProcessIdentity | undefined;
}

/** Blobs as files below one folder; symlinks on the way to it are resolved once, now. Creates nothing yet. */
export async function openFileBlobStore(options: FileBlobStoreOptions): Promise<BlobStore> {
  const rootDir = normalizePath(options.rootDir);
  try {
    const store = new FileBlobStore(options, await resolveRoot(options.fs, rootDir));
    await store.lookAtNames();
    return store;
  } catch (error) {
    throw asCatalogError(error, { verb: "open", path: rootDir });
  }
}

/** The real path of a folder that may not be there yet. */
async function resolveRoot(fs: FileSystem, path: string): Promise<string> {
  if ((await fs.stat(path)) !== undefined || path === parentPath(path)) {
    return findListedPath(fs, await fs.realPath(path));
  }
  const parent = await resolveRoot(fs, parentPath(path));
  return parent.endsWith("/") ? parent + baseName(path) : `${parent}/${baseName(path)}`;
}

const NOBODY: ProcessIdentity = { host: null, bootId: null, pid: null, startedAt: null };

class FileBlobStore implements BlobStore {
  readonly capabilities: BlobCapabilities;
  readonly root: string;
  readonly markers: RootMarkers;
  readonly #fs: FileSystem;
  readonly #folders: Folders;
  readonly #names: NameTaker;
  readonly #quarantine: Quarantine;
  readonly #permissions: Permissions;
  readonly #staged: StagedFiles;
  readonly #placeholders: Placeholders;
  readonly #trash: Trash;

  constructor(options: FileBlobStoreOptions, root: string) {
    const { entropy } = options;
    // What root stores can be read, moved and collected by whom the root belongs to.
    const fs = createdLike(options.fs, { model: root, keep: "owner" });
    this.capabilities = { adopt: true, share: fs.capabilities.hardlink || fs.capabilities.clone, take: true };
    this.root = root;
    this.#fs = fs;
    const folders = new Folders(fs, root);
    const names = new NameTaker(fs);
    this.#folders = folders;
    this.#names = names;
    this.#permissions = new Permissions(fs);
    this.#quarantine = new Quarantine({ fs, entropy, folders, names });
    this.#staged = new StagedFiles({ fs, entropy, folders, owner: options.owner ?? NOBODY });
    this.#placeholders = new Placeholders(fs, folders);
    const stage = async (): Promise<StagedWriter> => this.stage();
    this.markers = new FileMarkers({ fs, folders, stage, staged: this.#staged });
    this.#trash = new Trash({ fs, folders, names, staged: this.#staged, placeholders: this.#placeholders, stage });
  }

  /** What {@link comparableKey} goes by; it is known from the first bytes on at the latest. */
  lookAtNames(): Promise<void> {
    return this.#folders.canonicalKeys.look();
  }

  uriOf(key: BlobKey): StorageUri {
    return fileUriFromPath(this.#pathOf(key));
  }

  findKey(uri: string): BlobKey | undefined {
    const path = decodePathOfUri(uri);
    if (path === undefined || path === this.root || !isInsidePath(this.root, path)) return undefined;
    return parseBlobKey(path.slice(this.#pathOf("").length));
  }

  canonicalKey(key: BlobKey): Promise<BlobKey> {
    return this.#attempt("look for", this.#pathOf(key), () => this.#folders.canonicalKeys.find(key));
  }

  stage(options: StageOptions = {}): Promise<StagedWriter> {
    return this.#attempt("stage bytes under", this.root, async () => {
      const name = this.#staged.newName();
      const path = this.#staged.pathOf(name);
      const mode = createMode(options);
      const key = this.#staged.keyOf(name);
      const handle = await this.#staged.orDrop(path, async () => {
        const opened = await this.#folders.within(key, () => this.#fs.open(path, "create", mode));
        return this.#closingOnError(opened, () => this.#folders.confirm(key, () => opened.stat()));
      });
      const readOnly = options.readOnly === true && (await this.#permissions.isReadOnly(handle));
      return new StagedWriter(this.#fs, { handle, name, path, readOnly });
    });
  }

  adopt(path: string, how: "clone" | "link"): Promise<StagedBlob | undefined> {
    return this.#adopt(path, { how });
  }

  #adopt(
    path: string,
    { how, mode }: { readonly how: "clone" | "link"; readonly mode?: number | undefined },
  ): Promise<StagedBlob | undefined> {
    return this.#attempt("take in", path, async () => {
      const found = await this.#fs.lstat(path);
      if (found !== undefined && found.kind !== "file") throw obstructed(path, found.kind);
      const name = this.#staged.newName();
      const to = this.#staged.pathOf(name);
      // Its failure says nothing about the file.
      await this.#attempt("stage bytes under", this.root, () => this.#folders.ensure(this.#staged.keyOf(name)));
      return this.#staged.orDrop(to, async () => {
        const adopted = how === "clone" ? this.#names.clone(path, to) : this.#names.link(path, to);
        if ((await adopted) !== "done") return undefined;
        const probe = this.#staged.pathOf(this.#staged.newName());
        if (how === "clone") await this.#staged.orDrop(probe, () => this.#permissions.limitClone(to, { mode, probe }));
        await this.#sync(to);
        const { sizeBytes, mode: permissions } = await this.#staged.get(to);
        return { name, sizeBytes, shared: how === "link", mode: permissions };
      });
    });
  }

  statStaged(staged: StagedBlob): Promise<BlobStat> {
    const path = this.#staged.pathOf(staged.name);
    return this.#attempt("look at", path, () => this.#staged.get(path));
  }

  openStaged(staged: StagedBlob): Promise<ReadableStream<Uint8Array>> {
    const path = this.#staged.pathOf(staged.name);
    return this.#attempt("read", path, async () => streamOf(await this.#fs.open(path, "read"), path));
  }

  place(staged: StagedBlob, key: BlobKey, options: PlaceOptions = {}): Promise<boolean> {
    return this.#attempt("store", this.#pathOf(key), async () => {
      const from = this.#staged.pathOf(staged.name);
      if (options.readOnly === true) await this.#protectStaged(staged);
      const path = this.#pathOf(key);
      const isTaken = await this.#fromStaged(from, () => this.#folders.within(key, () => this.#names.take(from, path)));
      if (isTaken) await this.#folders.confirm(key, () => this.#fs.lstat(from));
      return isTaken;
    });
  }

  replace(staged: StagedBlob, key: BlobKey, options: ReplaceOptions): Promise<"replaced" | "overtaken" | "changed"> {
    return this.#attempt("replace", this.#pathOf(key), async () => {
      const from = this.#staged.pathOf(staged.name);
      if (!(await this.#isFound(key, options.found))) return "changed";
      // What stands there goes only if there is something to come.
      await this.#staged.get(from);
      const aside = await this.#quarantine.moveAway(this.#pathOf(key), options);
      if (aside === undefined) return "changed";
      if (options.found.sizeBytes === 0) await this.#quarantine.drop(aside);
      return (await this.place(staged, key, options)) ? "replaced" : "overtaken";
    });
  }

  share(
    existing: BlobKey,
    key: BlobKey,
    { mode }: Pick<StageOptions, "mode"> = {},
  ): Promise<"linked" | "cloned" | "taken" | "impossible"> {
    return this.#attempt("store", this.#pathOf(key), async () => {
      if ((await this.#find(existing)) === undefined) return "impossible";
      const staged = await this.#adopt(this.#pathOf(existing), { how: "clone", mode });
      if (staged !== undefined) {
        try {
          return (await this.place(staged, key)) ? "cloned" : "taken";
        } finally {
          await this.dropStaged(staged);
        }
      }
      const from = this.#pathOf(existing);
      const linked = await this.#folders.within(key, () => this.#names.link(from, this.#pathOf(key)));
      if (linked !== "done") return linked;
      await this.#folders.confirm(key, () => this.#fs.lstat(from));
      return "linked";
    });
  }

  syncName(key: BlobKey): Promise<void> {
    return this.#attempt("make durable", this.#pathOf(key), () => this.#folders.syncName(key));
  }

  protect(key: BlobKey): Promise<void> {
    return this.#attempt("protect", this.#pathOf(key), async () => {
      if ((await this.#find(key))?.links === 1) await this.#permissions.protect(this.#pathOf(key));
    });
  }

  dropStaged(staged: StagedBlob): Promise<void> {
    const path = this.#staged.pathOf(staged.name);
    return this.#attempt("drop", path, () => this.#staged.remove(path));
  }

  async *listStaged(): AsyncGenerator<FoundStaged, void, undefined> {
    const found = await this.#attempt("list", this.#pathOf(OWN_FOLDERS.staging), () => this.#staged.list());
    for (const { name, owner, path } of found) {
      const stat = await this.#attempt("look at", path, () => this.#fs.lstat(path));
      if (stat?.kind !== "file") continue;
      const { sizeBytes, modifiedMs } = stat;
      yield { staged: { name, sizeBytes, shared: true }, modifiedMs, owner };
    }
  }

  setAside(key: BlobKey, options: SetAsideOptions): Promise<BlobKey | undefined> {
    return this.#attempt("quarantine", this.#pathOf(key), async () => {
      if (!(await this.#isFound(key, options.found))) return undefined;
      return this.#quarantine.moveAway(this.#pathOf(key), options);
    });
  }

  async *list(options: ListOptions = {}): AsyncGenerator<readonly ListedBlob[], void, undefined> {
    const { under = "" } = options;
    const pathOf = (key: string): string => (key === "" ? this.root : this.#pathOf(key));
    const own = new Set(Object.values(OWN_FOLDERS).map((name) => this.comparableKey(name)));
    try {
      if (!(await this.#folders.exist(`${under}/any`.replace(/^\//, "")))) return;
      yield* listFiles({ fs: this.#fs, pathOf, isOwn: (name) => own.has(this.comparableKey(name)) }, options);
    } catch (error) {
      throw asCatalogError(error, { verb: "list", path: pathOf(under) });
    }
  }

  comparableKey(key: string): string {
    return this.#folders.canonicalKeys.comparable(key);
  }

  newRun(): string {
    return this.#staged.newName();
  }

  take(key: BlobKey, options: TakeOptions): Promise<TakenBlob | undefined> {
    const take = async (): Promise<TakenBlob | undefined> =>
      (await this.#isFound(key, options.found)) ? this.#trash.take(key, options) : undefined;
    return this.#attempt("take", this.#pathOf(key), () => this.#names.serially(`take ${key}`, take));
  }

  giveBack(taken: TakenBlob): Promise<"back" | "taken"> {
    return this.#attempt("give back", this.#pathOf(taken.key), () => this.#trash.giveBack(taken));
  }

  keepTaken(taken: TakenBlob): Promise<TakenBlob> {
    return this.#attempt("keep", this.#pathOf(taken.at), () => this.#trash.keep(taken));
  }

  dropTaken(taken: TakenBlob): Promise<void> {
    return this.#attempt("drop", this.#pathOf(taken.at), () => this.#trash.drop(taken));
  }

  async *listTaken(): AsyncGenerator<readonly TakenBlob[], void, undefined> {
    try {
      yield* this.#trash.list();
    } catch (error) {
      throw asCatalogError(error, { verb: "list", path: this.#pathOf(OWN_FOLDERS.trash) });
    }
  }

  isKept(key: BlobKey): Promise<boolean> {
    return this.#attempt(
      "look at",
      this.#pathOf(key),
      async () => (await this.#placeholders.findRun(key)) !== undefined,
    );
  }

  stat(key: BlobKey): Promise<BlobStat | undefined> {
    return this.#attempt("look at", this.#pathOf(key), () => this.#find(key));
  }

  requireReadable(key: BlobKey): Promise<void> {
    return this.#attempt("read", this.#pathOf(key), async () => {
      const handle = await openIfThere(this.#fs, this.#pathOf(key));
      await handle?.close();
    });
  }

  open(key: BlobKey): Promise<ReadableStream<Uint8Array> | undefined> {
    return this.#attempt("read", this.#pathOf(key), async () => {
      if ((await this.#find(key)) === undefined) return undefined;
      const handle = await openIfThere(this.#fs, this.#pathOf(key));
      return handle && streamOf(handle, this.#pathOf(key));
    });
  }

  #pathOf(key: string): string {
    return this.#folders.pathOf(key);
  }

  /** What stands at a key: a regular file, or nothing. */
  async #find(key: BlobKey): Promise<FileStat | undefined> {
    const path = this.#pathOf(key);
    const stat = await this.#fs.lstat(path);
    if (!(await this.#folders.leadTo(key))) return undefined;
    if (stat !== undefined && stat.kind !== "file") throw obstructed(path, stat.kind);
    return stat === undefined || (await this.#placeholders.isOne(path, stat)) ? undefined : stat;
  }

  async #isFound(key: BlobKey, found: BlobStat): Promise<boolean> {
    const now = await this.#find(key);
    return now !== undefined && isSameBlob(now, found);
  }

  /** Tells a missing staged file from a missing folder. */
  async #fromStaged<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (hasCode(error, "ENOENT")) await this.#staged.get(path);
      throw error;
    }
  }

  async #sync(path: string): Promise<void> {
    const handle = await this.#fs.open(path, "read");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** Closes a file of which nobody will hear if `work` fails. */
  async #closingOnError(handle: FileHandle, work: () => Promise<void>): Promise<FileHandle> {
    try {
      await work();
      return handle;
    } catch (error) {
      await Promise.allSettled([handle.close()]);
      throw error;
    }
  }

  async #protectStaged({ name, shared, readOnly }: StagedBlob): Promise<void> {
    if (!shared && readOnly !== true) await this.#permissions.protect(this.#staged.pathOf(name));
  }

  async #attempt<Result>(verb: string, path: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw asCatalogError(error, { verb, path });
    }
  }
}

async function openIfThere(fs: FileSystem, path: string): Promise<FileHandle | undefined> {
  try {
    return await fs.open(path, "read");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

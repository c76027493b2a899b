import { asCatalogError, hasCode } from "../../core/messages/file-error.ts";
import { type BlobKey, OWN_FOLDERS, parseBlobKey } from "../../core/naming/blob-key.ts";
import { isInsidePath, normalizePath } from "../../core/path.ts";
import { decodePathOfUri, fileUriFromPath, type StorageUri } from "../../core/storage-uri.ts";
import { isCatalogError } from "../../errors.ts";
import type {
  BlobCapabilities,
  BlobStat,
  BlobStore,
  FoundStaged,
  GiveBackOptions,
  ListedBlob,
  ListOptions,
  PlaceOptions,
  QuarantinedBlob,
  ReplaceOptions,
  SetAsideOptions,
  StagedBlob,
  StageOptions,
  SwapOptions,
  TakenBlob,
  TakeOptions,
} from "../../ports/blob-store.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { FileStat, FileSystem } from "../../ports/file-system.ts";
import type { ProcessIdentity } from "../../ports/process.ts";
import type { RootMarkers } from "../../ports/root-markers.ts";
import { createdLike } from "../created-like.ts";
import { openIfThere, streamOf } from "./_file-stream.ts";
import { listFiles } from "./_list-files.ts";
import { NameTaker } from "./_name-taker.ts";
import { Permissions } from "./_permissions.ts";
import { Placeholders } from "./_placeholders.ts";
import { Quarantine } from "./_quarantine.ts";
import { StagedFiles } from "./_staged-files.ts";
import type { StagedWriter } from "./_staged-writer.ts";
import { Trash } from "./_trash.ts";
import { Folders, obstructed } from "./folders.ts";
import { FileMarkers } from "./markers/file-markers.ts";
import { resolveRoot } from "./naming/resolve-root.ts";
import { isSameBlob } from "./swap/same-blob.ts";
import { cannotSwap, Swaps } from "./swap/swaps.ts";
import { Reserve } from "./trash/reserve.ts";

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
  readonly #reserve: Reserve;
  readonly #swaps: Swaps;

  constructor(options: FileBlobStoreOptions, root: string) {
    const { entropy } = options;
    // What root stores can be read, moved and collected by whom the root belongs to.
    const fs = createdLike(options.fs, { model: root, keep: "owner" });
    const { hardlink, clone } = fs.capabilities;
    this.capabilities = {
      adopt: true,
      share: hardlink || clone,
      take: true,
      swap: hardlink && fs.setModified !== undefined,
    };
    this.root = root;
    this.#fs = fs;
    const folders = new Folders(fs, root);
    const names = new NameTaker(fs);
    this.#folders = folders;
    this.#names = names;
    const permissions = new Permissions(fs);
    this.#permissions = permissions;
    this.#quarantine = new Quarantine({ fs, entropy, folders, names });
    const staged = new StagedFiles({ fs, entropy, folders, names, permissions, owner: options.owner ?? NOBODY });
    this.#staged = staged;
    this.#swaps = new Swaps({ fs, folders, names, staged });
    this.#placeholders = new Placeholders(fs, folders);
    const stage = async (): Promise<StagedWriter> => this.stage();
    const reserve = new Reserve({ fs, folders, entropy });
    this.#reserve = reserve;
    this.markers = new FileMarkers({ fs, folders, stage, staged, onNew: () => reserve.keepIfPlenty() });
    this.#trash = new Trash({ fs, folders, names, staged, placeholders: this.#placeholders, stage });
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
    return this.#attempt("stage bytes under", this.root, () => this.#staged.create(options));
  }

  adopt(path: string, how: "clone" | "link"): Promise<StagedBlob | undefined> {
    return this.#attempt("take in", path, () => this.#staged.adopt(path, { how }));
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
      if (options.readOnly === true) await this.#staged.protect(staged);
      const path = this.#pathOf(key);
      const own = await this.#staged.get(from);
      const take = (): Promise<boolean> => this.#folders.within(key, () => this.#names.take(from, path));
      if (!(await this.#fromStaged(from, take))) return false;
      // Where a file has one name only, who took it has to see why it is there: it cannot be placed once more.
      return (await this.#trash.confirmNamed({ key, from, own })) || (await this.#fs.lstat(from)) === undefined;
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
      if (options.found.sizeBytes === 0) await this.#quarantine.drop({ at: aside, stat: options.found });
      return (await this.place(staged, key, options)) ? "replaced" : "overtaken";
    });
  }

  share(
    existing: BlobKey,
    key: BlobKey,
    { mode }: Pick<StageOptions, "mode"> = {},
  ): Promise<"linked" | "cloned" | "taken" | "impossible"> {
    return this.#attempt("store", this.#pathOf(key), async () => {
      const own = await this.#find(existing);
      if (own === undefined) return "impossible";
      const from = this.#pathOf(existing);
      const staged = await this.#attempt("take in", from, () => this.#staged.adopt(from, { how: "clone", mode }));
      if (staged !== undefined) {
        try {
          return (await this.place(staged, key)) ? "cloned" : "taken";
        } finally {
          await this.dropStaged(staged);
        }
      }
      const linked = await this.#folders.within(key, () => this.#names.link(from, this.#pathOf(key)));
      if (linked !== "done") return linked;
      return (await this.#trash.confirmNamed({ key, from, own })) ? "linked" : "taken";
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
      const { sizeBytes, modifiedMs, identity } = stat;
      yield { staged: { name, sizeBytes, shared: true }, modifiedMs, owner, identity };
    }
  }

  setAside(key: BlobKey, options: SetAsideOptions): Promise<BlobKey | undefined> {
    return this.#attempt("quarantine", this.#pathOf(key), async () => {
      if (!(await this.#isFound(key, options.found))) return undefined;
      return this.#quarantine.moveAway(this.#pathOf(key), options);
    });
  }

  async *listQuarantined(): AsyncGenerator<readonly QuarantinedBlob[], void, undefined> {
    try {
      yield* this.#quarantine.list();
    } catch (error) {
      throw asCatalogError(error, { verb: "list", path: this.#pathOf(OWN_FOLDERS.quarantine) });
    }
  }

  dropQuarantined(blob: Pick<QuarantinedBlob, "at" | "stat">): Promise<void> {
    return this.#attempt("drop", this.#pathOf(blob.at), () => this.#quarantine.drop(blob));
  }

  swap(staged: StagedBlob, key: BlobKey, { found }: SwapOptions): Promise<boolean> {
    return this.#attempt("replace", this.#pathOf(key), async () => {
      if (!this.capabilities.swap) throw cannotSwap(this.#pathOf(key));
      return (await this.#isFound(key, found)) && this.#swaps.run(staged, { key, found });
    });
  }

  async *list(options: ListOptions = {}): AsyncGenerator<readonly ListedBlob[], void, undefined> {
    const { under = "" } = options;
    const pathOf = (key: string): string => (key === "" ? this.root : this.#pathOf(key));
    try {
      if (!(await this.#folders.exist(`${under}/any`.replace(/^\//, "")))) return;
      yield* listFiles({ fs: this.#fs, pathOf, isOwn: this.#ownNames() }, options);
    } catch (error) {
      throw asCatalogError(error, { verb: "list", path: pathOf(under) });
    }
  }

  removeFolder(key: BlobKey): Promise<boolean> {
    const isOwn = this.#ownNames()(key.split("/", 1)[0] ?? "");
    return this.#attempt("remove", this.#pathOf(key), async () => !isOwn && this.#folders.removeEmpty(key));
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
    const takeAlone = (): Promise<TakenBlob | undefined> => this.#names.serially(`take ${key}`, take);
    return this.#evenIfFull(() => this.#attempt("take", this.#pathOf(key), takeAlone));
  }

  giveBack(taken: TakenBlob, { to = taken.key }: GiveBackOptions = {}): Promise<"back" | "taken"> {
    const giveBack = (): Promise<"back" | "taken"> => this.#trash.giveBack(taken, to);
    return this.#evenIfFull(() => this.#attempt("give back", this.#pathOf(to), giveBack));
  }

  keepTaken(taken: TakenBlob): Promise<TakenBlob> {
    const keep = (): Promise<TakenBlob> => this.#trash.keep(taken);
    return this.#evenIfFull(() => this.#attempt("keep", this.#pathOf(taken.at), keep));
  }

  dropTaken(taken: TakenBlob): Promise<void> {
    return this.#attempt("drop", this.#pathOf(taken.at), async () => {
      await this.#trash.drop(taken);
      await this.#reserve.keep();
    });
  }

  async *listTaken(): AsyncGenerator<readonly TakenBlob[], void, undefined> {
    try {
      yield* this.#trash.list();
    } catch (error) {
      throw asCatalogError(error, { verb: "list", path: this.#pathOf(OWN_FOLDERS.trash) });
    }
  }

  findTaken(run: string, key: BlobKey): Promise<TakenBlob | undefined> {
    return this.#attempt("look for", this.#pathOf(key), () => this.#trash.find(run, key));
  }

  isKept(key: BlobKey): Promise<boolean> {
    return this.#attempt(
      "look at",
      this.#pathOf(key),
      async () => (await this.#placeholders.findRun(key)) !== undefined,
    );
  }

  mayShareBlocks(): Promise<boolean> {
    return this.#attempt("look at", this.root, async () => {
      if ((await this.#fs.stat(this.root)) === undefined) return false;
      return this.#fs.mayShareBlocks?.(this.root) ?? this.#fs.capabilities.clone;
    });
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

  /** Tells the names of the catalog's own folders. */
  #ownNames(): (name: string) => boolean {
    const own = new Set(Object.values(OWN_FOLDERS).map((name) => this.comparableKey(name)));
    return (name) => own.has(this.comparableKey(name));
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

  /** Tries again on a full disk, with the room that is kept back; somebody else may just have given that back. */
  async #evenIfFull<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!isCatalogError(error, "NO_SPACE")) throw error;
      await this.#reserve.free();
      return work();
    }
  }

  async #attempt<Result>(verb: string, path: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw asCatalogError(error, { verb, path });
    }
  }
}

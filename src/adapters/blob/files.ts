import { asCatalogError, hasCode } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { type BlobKey, OWN_FOLDERS, parseBlobKey } from "../../core/naming/blob-key.ts";
import { baseName, isInsidePath, normalizePath, parentPath } from "../../core/path.ts";
import { decodePathOfUri, fileUriFromPath, type StorageUri } from "../../core/storage-uri.ts";
import { CatalogError } from "../../errors.ts";
import type {
  BlobCapabilities,
  BlobStat,
  BlobStore,
  BlobWriter,
  FoundStaged,
  PlaceOptions,
  QuarantineEvidence,
  ReplaceOptions,
  StagedBlob,
  StageOptions,
} from "../../ports/blob-store.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { FileHandle, FileStat, FileSystem } from "../../ports/file-system.ts";
import type { ProcessIdentity } from "../../ports/process.ts";
import type { RootMarkers } from "../../ports/root-markers.ts";
import { createdLike } from "../created-like.ts";
import { streamOf } from "./_file-stream.ts";
import { NameTaker } from "./_name-taker.ts";
import { createMode, Permissions } from "./_permissions.ts";
import { Quarantine } from "./_quarantine.ts";
import { StagedWriter } from "./_staged-writer.ts";
import { Folders, obstructed } from "./folders.ts";
import { FileMarkers } from "./markers/file-markers.ts";
import { findListedPath } from "./naming/canonical-keys.ts";
import { formatOwner, parseStagingName } from "./naming/staging-name.ts";

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
    return new FileBlobStore(options, await resolveRoot(options.fs, rootDir));
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

/** How often a folder may be removed just when a file is to go into it. */
const ATTEMPTS = 3;

const NOBODY: ProcessIdentity = { host: null, bootId: null, pid: null, startedAt: null };

class FileBlobStore implements BlobStore {
  readonly capabilities: BlobCapabilities;
  readonly root: string;
  readonly markers: RootMarkers;
  readonly #fs: FileSystem;
  readonly #entropy: Entropy;
  /** The second half of the names of what is staged here. */
  readonly #owner: string;
  readonly #folders: Folders;
  readonly #names: NameTaker;
  readonly #quarantine: Quarantine;
  readonly #permissions: Permissions;

  constructor(options: FileBlobStoreOptions, root: string) {
    const { entropy } = options;
    // What root stores can be read, moved and collected by whom the root belongs to.
    const fs = createdLike(options.fs, { model: root, keep: "owner" });
    this.capabilities = { adopt: true, share: fs.capabilities.hardlink || fs.capabilities.clone };
    this.root = root;
    this.#fs = fs;
    this.#entropy = entropy;
    this.#owner = formatOwner(options.owner ?? NOBODY);
    this.#folders = new Folders(fs, root);
    this.#names = new NameTaker(fs);
    this.#permissions = new Permissions(fs);
    this.markers = new FileMarkers({
      fs,
      folders: this.#folders,
      stage: () => this.stage(),
      stagedPath: ({ name }) => this.#stagedPath(name),
    });
    this.#quarantine = new Quarantine({ fs, entropy, folders: this.#folders, names: this.#names });
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

  stage(options: StageOptions = {}): Promise<BlobWriter> {
    return this.#attempt("stage bytes under", this.root, async () => {
      const name = this.#newName();
      const path = this.#stagedPath(name);
      const mode = createMode(options);
      const key = `${OWN_FOLDERS.staging}/${name}`;
      const handle = await this.#orDrop(path, async () => {
        const opened = await this.#withFolders(key, () => this.#fs.open(path, "create", mode));
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
      const name = this.#newName();
      const to = this.#stagedPath(name);
      // Its failure says nothing about the file.
      await this.#attempt("stage bytes under", this.root, () => this.#folders.ensure(`${OWN_FOLDERS.staging}/${name}`));
      return this.#orDrop(to, async () => {
        const adopted = how === "clone" ? this.#names.clone(path, to) : this.#names.link(path, to);
        if ((await adopted) !== "done") return undefined;
        const probe = this.#stagedPath(this.#newName());
        if (how === "clone") await this.#orDrop(probe, () => this.#permissions.limitClone(to, { mode, probe }));
        await this.#sync(to);
        const { sizeBytes, mode: permissions } = await this.#getStaged(to);
        return { name, sizeBytes, shared: how === "link", mode: permissions };
      });
    });
  }

  statStaged(staged: StagedBlob): Promise<BlobStat> {
    const path = this.#stagedPath(staged.name);
    return this.#attempt("look at", path, () => this.#getStaged(path));
  }

  openStaged(staged: StagedBlob): Promise<ReadableStream<Uint8Array>> {
    const path = this.#stagedPath(staged.name);
    return this.#attempt("read", path, async () => streamOf(await this.#fs.open(path, "read"), path));
  }

  place(staged: StagedBlob, key: BlobKey, options: PlaceOptions = {}): Promise<boolean> {
    return this.#attempt("store", this.#pathOf(key), async () => {
      const from = this.#stagedPath(staged.name);
      if (options.readOnly === true) await this.#protectStaged(staged);
      const path = this.#pathOf(key);
      const isTaken = await this.#fromStaged(from, () => this.#withFolders(key, () => this.#names.take(from, path)));
      if (isTaken) await this.#folders.confirm(key, () => this.#fs.lstat(from));
      return isTaken;
    });
  }

  replace(staged: StagedBlob, key: BlobKey, options: ReplaceOptions): Promise<boolean> {
    const path = this.#pathOf(key);
    return this.#attempt("replace", path, async () => {
      const from = this.#stagedPath(staged.name);
      if (options.readOnly === true) await this.#protectStaged(staged);
      const now = await this.#find(key);
      const { identity, sizeBytes } = options.found;
      if (now?.identity !== identity || now.sizeBytes !== sizeBytes) return false;
      if (sizeBytes > 0) await this.#quarantine.preserve(path, options.evidence);
      const own = await this.#getStaged(from);
      await this.#fromStaged(from, () => this.#withFolders(key, () => this.#fs.rename(from, path)));
      await this.#folders.confirmReplaced(key, own);
      return true;
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
      const linked = await this.#withFolders(key, () => this.#names.link(from, this.#pathOf(key)));
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
    const path = this.#stagedPath(staged.name);
    return this.#attempt("drop", path, () => this.#remove(path));
  }

  async *listStaged(): AsyncGenerator<FoundStaged, void, undefined> {
    const folder = this.#pathOf(OWN_FOLDERS.staging);
    const names = await this.#attempt("list", folder, () => this.#namesIn(folder));
    for (const name of names) {
      const owner = parseStagingName(name);
      const path = this.#stagedPath(name);
      const stat = owner && (await this.#attempt("look at", path, () => this.#fs.lstat(path)));
      if (owner === undefined || stat?.kind !== "file") continue;
      const { sizeBytes, modifiedMs } = stat;
      yield { staged: { name, sizeBytes, shared: true }, modifiedMs, owner };
    }
  }

  async #namesIn(folder: string): Promise<readonly string[]> {
    const names: string[] = [];
    if (!(await this.#folders.exist(`${OWN_FOLDERS.staging}/any`))) return names;
    for await (const page of this.#fs.list(folder)) names.push(...page.map(({ name }) => name));
    return names;
  }

  setAside(key: BlobKey, evidence: QuarantineEvidence): Promise<BlobKey | undefined> {
    return this.#attempt("quarantine", this.#pathOf(key), async () => {
      if ((await this.#find(key)) === undefined) return undefined;
      return this.#quarantine.moveAway(this.#pathOf(key), evidence);
    });
  }

  stat(key: BlobKey): Promise<BlobStat | undefined> {
    return this.#attempt("look at", this.#pathOf(key), () => this.#find(key));
  }

  requireReadable(key: BlobKey): Promise<void> {
    return this.#attempt("read", this.#pathOf(key), async () => {
      const handle = await this.#openFile(this.#pathOf(key));
      await handle?.close();
    });
  }

  open(key: BlobKey): Promise<ReadableStream<Uint8Array> | undefined> {
    return this.#attempt("read", this.#pathOf(key), async () => {
      if ((await this.#find(key)) === undefined) return undefined;
      const handle = await this.#openFile(this.#pathOf(key));
      return handle && streamOf(handle, this.#pathOf(key));
    });
  }

  async #openFile(path: string): Promise<FileHandle | undefined> {
    try {
      return await this.#fs.open(path, "read");
    } catch (error) {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  #pathOf(key: string): string {
    return this.#folders.pathOf(key);
  }

  #newName(): string {
    return `${this.#entropy.nonce()}.${this.#owner}`;
  }

  #stagedPath(name: string): string {
    return this.#pathOf(`${OWN_FOLDERS.staging}/${name}`);
  }

  /** What stands at a key: a regular file, or nothing. */
  async #find(key: BlobKey): Promise<FileStat | undefined> {
    const path = this.#pathOf(key);
    const stat = await this.#fs.lstat(path);
    if (!(await this.#folders.leadTo(key))) return undefined;
    if (stat !== undefined && stat.kind !== "file") throw obstructed(path, stat.kind);
    return stat;
  }

  async #getStaged(path: string): Promise<FileStat> {
    const stat = await this.#fs.lstat(path);
    if (stat !== undefined) return stat;
    throw new CatalogError("NOT_FOUND", `Cannot store ${quote(path)}: the staged file was removed by somebody else`, {
      details: { what: "staged file", path },
      hint: "Make sure that nothing else cleans up in the root, and try again.",
    });
  }

  /** Tells a missing staged file from a missing folder. */
  async #fromStaged<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (hasCode(error, "ENOENT")) await this.#getStaged(path);
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

  /** Does `work` in the folder of a key. A folder that was removed at that moment is made again. */
  async #withFolders<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      await this.#folders.ensure(key);
      try {
        return await work();
      } catch (error) {
        // A file in the place of the folder: this says so.
        if (hasCode(error, "ENOTDIR")) await this.#folders.exist(key);
        if (attempt === ATTEMPTS || !hasCode(error, "ENOENT")) throw error;
      }
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

  /** Removes the file that `work` was to make if it fails, as it may have made it. */
  async #orDrop<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      // A second failure must not hide the first; what stays is a leftover that a collector knows.
      await Promise.allSettled([this.#remove(path)]);
      throw error;
    }
  }

  async #protectStaged({ name, shared, readOnly }: StagedBlob): Promise<void> {
    if (!shared && readOnly !== true) await this.#permissions.protect(this.#stagedPath(name));
  }

  async #remove(path: string): Promise<void> {
    try {
      await this.#fs.unlink(path);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
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

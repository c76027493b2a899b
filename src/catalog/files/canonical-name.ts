import { asCatalogError } from "../../core/messages/file-error.ts";
import { type BlobKey, parseBlobKey } from "../../core/naming/blob-key.ts";
import { findLocalPath, isPlainUriPath } from "../../core/naming/canonical-uri.ts";
import { baseName, isInsidePath, parentPath } from "../../core/path.ts";
import { fileUriFromPath, type StorageUri } from "../../core/storage-uri.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import { endsPath, joinName, RealFolders } from "./real-folders.ts";
import { findPathBelow } from "./same-entry.ts";

/** What {@link CanonicalNames} works with. */
export interface NamesContext {
  /** Where symlinks are followed. */
  readonly fs: FileSystem;
  /** Whose keys blobs have; without it all files are named by their real path. */
  readonly store?: BlobStore | undefined;
}

/** What the URI of a row means. Two URIs mean one place if, and as far as can be told only if, their `uri` is the same. */
export interface NamedPlace {
  /** As it is stored from now on: inside the root as the store writes it, elsewhere the URI of the real path. */
  readonly uri: StorageUri;
  /** The name in the store; `undefined` for what lies elsewhere. */
  readonly key: BlobKey | undefined;
  /** The real path; `undefined` for what is no file of this machine. */
  readonly path: string | undefined;
}

/** How the last name of a path is taken. */
export interface PlaceOptions {
  /** Whether the last name is looked at, and followed if it is a symlink. @default false */
  readonly follow?: boolean | undefined;
}

/** How what is in a folder begins. */
interface FolderStart {
  readonly path: string;
  readonly uri: string;
}

/** A name that no URI encodes. */
const PLAIN_NAME = /^[\w-][\w.-]*$/;

/** Folders remembered at once. */
const MAX_FOLDERS = 10_000;

/** `name` where case and normal form do not count, to see whether it is worth a look. */
function plain(path: string): string {
  return path.normalize("NFC").toLowerCase();
}

/**
 * Tells which blob or which file the URI of a row, or a path, means, however it is written: with escapes, `..`, another
 * case where the store ignores that, or a way through symlinks. Folders are looked at once each, so an instance serves one
 * run.
 */
export class CanonicalNames {
  readonly #fs: FileSystem;
  readonly #store: BlobStore | undefined;
  readonly #folders: RealFolders;
  /** How the URI of each blob begins, up to the slash before its key. */
  readonly #start: string | undefined;
  /** Folders outside of the root by their text that are inside of it by what they are, and their key. */
  readonly #twins = new Map<string, string | undefined>();
  readonly #elsewhere = new Map<string, FolderStart>();
  readonly #located = new Map<string, StorageUri>();

  /** `folders` are shared with who resolves the same ones. */
  constructor({ fs, store }: NamesContext, folders: RealFolders = new RealFolders(fs)) {
    this.#fs = fs;
    this.#store = store;
    this.#folders = folders;
    this.#start = store?.uriOf(parseBlobKey("x")).slice(0, -1);
  }

  /** Whether there is a root that files may lie in. */
  get hasRoot(): boolean {
    return this.#start !== undefined;
  }

  /** Whether a canonical URI is that of something in the root. */
  isInRoot(uri: StorageUri): boolean {
    return this.#start !== undefined && uri.startsWith(this.#start);
  }

  /**
   * The key that a URI means, if that can be told from its text alone: nearly all that the store wrote. `undefined` says
   * nothing. Names are as they are written: a store that ignores case may have them in another one.
   */
  keyAtOnce(uri: string): BlobKey | undefined {
    const start = this.#start;
    if (start === undefined || uri.length === start.length || !uri.startsWith(start)) return undefined;
    return isPlainUriPath(uri.slice(start.length - 1)) ? (uri.slice(start.length) as BlobKey) : undefined;
  }

  /** What a URI means. Nothing but folders is looked at, unless it is to be followed. */
  async locate(uri: StorageUri, options: PlaceOptions = {}): Promise<NamedPlace> {
    const atOnce = this.keyAtOnce(uri);
    if (atOnce !== undefined) return this.#inStore(atOnce);
    const path = findLocalPath(uri);
    if (path === undefined) return { uri, key: this.#store?.findKey(uri), path: undefined };
    return this.locatePath(path, options);
  }

  /** What an absolute, normalised path means. */
  async locatePath(path: string, { follow = false }: PlaceOptions = {}): Promise<NamedPlace> {
    const written = this.#keyOfPath(path);
    if (written !== undefined) return this.#inStore(written);
    const folder = await this.#findFolder(parentPath(path));
    const named = path === parentPath(path) ? path : joinName(folder, baseName(path));
    const real = follow ? await this.#follow(named) : named;
    const key = this.#keyOfPath(real) ?? (await this.#findTwin(real));
    return key === undefined ? { uri: fileUriFromPath(real), key, path: real } : this.#inStore(key);
  }

  /** Looks at the folder of a file, so that {@link uriOf} knows it; a symlink in the place of the file is not looked at. */
  async learn(path: string): Promise<void> {
    const { uri } = await this.locatePath(path);
    if (this.#startOf(path) !== undefined) return;
    if (this.#located.size >= MAX_FOLDERS) this.#located.clear();
    this.#located.set(path, uri);
  }

  /** Whether the folder of a path is known, and lies elsewhere. */
  knows(path: string): boolean {
    return this.#startOf(path) !== undefined;
  }

  /** The URI of a path that was learnt. */
  uriOf(path: string): StorageUri {
    return this.uriAtOnce(path) ?? this.#located.get(path) ?? fileUriFromPath(path);
  }

  /** The URI of a path whose folder is known to lie elsewhere; `undefined` for all others. */
  uriAtOnce(path: string): StorageUri | undefined {
    const start = this.#startOf(path);
    if (start === undefined) return undefined;
    const name = baseName(path);
    return PLAIN_NAME.test(name) ? ((start.uri + name) as StorageUri) : fileUriFromPath(start.path + name);
  }

  /** How the names of files in a folder begin that lies elsewhere, as far as that is known. */
  #startOf(path: string): FolderStart | undefined {
    const folder = path.slice(0, path.lastIndexOf("/"));
    const known = this.#elsewhere.get(folder);
    if (known !== undefined) return known;
    const real = folder === "" ? undefined : this.#folders.known(folder);
    if (real === undefined || this.#mayBeInRoot(folder) || this.#mayBeInRoot(real)) return undefined;
    if (this.#elsewhere.size >= MAX_FOLDERS) this.#elsewhere.clear();
    const start = { path: joinName(real, ""), uri: joinName(fileUriFromPath(real), "") };
    this.#elsewhere.set(folder, start);
    return start;
  }

  async #findFolder(folder: string): Promise<string> {
    try {
      return await this.#folders.findNearest(folder);
    } catch (error) {
      throw asCatalogError(error, { verb: "look at", path: folder });
    }
  }

  async #inStore(key: BlobKey): Promise<NamedPlace> {
    const store = this.#store as BlobStore;
    const listed = await store.canonicalKey(key);
    const uri = store.uriOf(listed);
    return { uri, key: listed, path: findLocalPath(uri) };
  }

  #keyOfPath(path: string): BlobKey | undefined {
    const store = this.#store;
    if (store === undefined || !isInsidePath(store.root, path)) return undefined;
    return store.findKey(fileUriFromPath(path));
  }

  /** Whether a path is in the root, or would be if case and normal form did not count. */
  #mayBeInRoot(path: string): boolean {
    const store = this.#store;
    return store !== undefined && isInsidePath(plain(store.root), plain(path));
  }

  /** The key of a path whose folders are those of the root in another case. */
  async #findTwin(path: string): Promise<BlobKey | undefined> {
    const store = this.#store;
    if (store === undefined || !this.#mayBeInRoot(path)) return undefined;
    const folder = parentPath(path);
    if (!this.#twins.has(folder)) {
      // A folder that may not be looked at is none of ours to tell.
      const below = await findPathBelow(this.#fs, store.root, joinName(folder, "x")).catch(() => undefined);
      this.#twins.set(folder, below?.slice(0, -1));
    }
    const start = this.#twins.get(folder);
    return start === undefined ? undefined : parseBlobKey(start + baseName(path));
  }

  /** Where a path leads whose folder is real. A symlink that leads nowhere is taken by its name. */
  async #follow(path: string): Promise<string> {
    try {
      return (await this.#fs.lstat(path))?.kind === "symlink" ? await this.#fs.realPath(path) : path;
    } catch (error) {
      if (endsPath(error)) return path;
      throw asCatalogError(error, { verb: "look at", path });
    }
  }
}

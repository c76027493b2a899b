import type { BlobKey } from "../../../core/naming/blob-key.ts";
import { parentPath } from "../../../core/path.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import type { BlobContent } from "../../../core/verification/verification.ts";
import type { BlobStore } from "../../../ports/blob-store.ts";
import type { DigestPool } from "../../../ports/digest-pool.ts";
import type { CallOptions } from "../../call-options.ts";
import type { CatalogContext } from "../../context.ts";
import { CanonicalNames, type NamedPlace } from "../../files/canonical-name.ts";
import { RealFolders } from "../../files/real-folders.ts";
import { hashBlob, isSameState } from "../../placing/stage-content.ts";
import { FileReads, type FileToRead, type ReadFile } from "./file-reads.ts";
import { type Found, foundByError } from "./found.ts";
import { type Expectation, expect } from "./judge.ts";

/** What a {@link BlobReader} works with. */
export interface ReaderContext extends Pick<CatalogContext, "fs" | "hashers"> {
  /** Where blobs below the root are. */
  readonly store: BlobStore | undefined;
  /** Reads files of the machine. */
  readonly digests: DigestPool;
}

/** How blobs are looked at. */
export interface LookOptions {
  /** Only the size is looked at, or what the store itself keeps. */
  readonly quick: boolean;
  /** Blobs without a hash on record are read, too. */
  readonly readsUnhashed: boolean;
}

/** A blob that is to be looked at. */
export interface SoughtBlob {
  /** Its place, as rows have it. */
  readonly uri: StorageUri;
  /** What rows say about it. */
  readonly contents: readonly BlobContent[];
}

/** A blob that was looked at. */
export interface SeenBlob extends ReadFile {
  /** What its URI means. */
  readonly place: NamedPlace;
}

interface PlacedFile extends FileToRead {
  readonly at: number;
  readonly place: NamedPlace;
}

/** How often a blob may change while it is read. */
const ATTEMPTS = 2;

/**
 * Looks at blobs, and reads them. Below the root no symlink is followed; elsewhere they are. An instance serves one run:
 * it remembers folders, and the files that may have further names.
 */
export class BlobReader {
  readonly #context: ReaderContext;
  readonly #options: LookOptions;
  readonly #names: CanonicalNames;
  readonly #folders: RealFolders;
  readonly #files: FileReads;

  /** Looks at nothing yet. */
  constructor(context: ReaderContext, options: LookOptions) {
    this.#context = context;
    this.#options = options;
    this.#folders = new RealFolders(context.fs);
    this.#names = new CanonicalNames(context, this.#folders);
    this.#files = new FileReads(context);
  }

  /** Whether the bytes of a blob with such rows are read; if not, a look has to do. */
  reads({ content, conflicting }: Expectation): boolean {
    if (content.sha256 === null && !conflicting) return this.#options.readsUnhashed;
    return !this.#options.quick || content.bytes === null;
  }

  /** Looks at blobs; the answers stand in the order of the questions. */
  async look(blobs: readonly SoughtBlob[], options: CallOptions = {}): Promise<readonly SeenBlob[]> {
    const seen: SeenBlob[] = [];
    const files: PlacedFile[] = [];
    for (const [at, blob] of blobs.entries()) {
      options.signal?.throwIfAborted();
      const next = await this.#begin(blob);
      if ("found" in next) seen[at] = next;
      else files.push({ at, ...next });
    }
    for (const [{ at, place }, read] of await this.#files.read(files, options)) seen[at] = { place, ...read };
    return seen;
  }

  /** What can be told of a blob without the pool, or how it is read with it. */
  async #begin({ uri, contents }: SoughtBlob): Promise<SeenBlob | Omit<PlacedFile, "at">> {
    const expectation = expect(contents);
    let place: NamedPlace = { uri, key: undefined, path: undefined };
    try {
      place = await this.#names.locate(uri);
      const { path, key } = place;
      const reads = this.reads(expectation);
      if (reads && path !== undefined && (await this.#isReadByPath(path, key))) {
        const { sha256: expected, bytes } = expectation.content;
        return { place, path, followSymlinks: key === undefined, expected, sizeBytes: bytes ?? 0 };
      }
      const found = await this.#lookAt(place, reads);
      return { place, found, bytesRead: found.kind === "read" ? found.stat.sizeBytes : 0 };
    } catch (error) {
      return { place, found: foundByError(error, place.path ?? uri), bytesRead: 0 };
    }
  }

  /** Whether the folders above a blob of the root are no symlinks, and are called so. */
  async #isReadByPath(path: string, key: BlobKey | undefined): Promise<boolean> {
    if (key === undefined) return true;
    const folder = parentPath(path);
    try {
      return (await this.#folders.find(folder)) === folder;
    } catch {
      // The store tells what is wrong there.
      return false;
    }
  }

  async #lookAt({ key, path }: NamedPlace, reads: boolean): Promise<Found> {
    const { store, fs } = this.#context;
    if (key !== undefined && store !== undefined) return reads ? this.#readStored(store, key) : seeStored(store, key);
    if (path === undefined) return { kind: "unreachable" };
    const stat = await fs.stat(path);
    if (stat === undefined) return { kind: "gone" };
    return stat.kind === "file" ? { kind: "seen", sha256: null, stat } : { kind: "other" };
  }

  async #readStored(store: BlobStore, key: BlobKey): Promise<Found> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await store.stat(key);
      if (before === undefined) return { kind: "gone" };
      const sha256 = await hashBlob(this.#context, store, key);
      const after = await store.stat(key);
      if (sha256 !== undefined && isSameBlob(after, before)) return { kind: "read", sha256, stat: before };
    }
    return { kind: "changing" };
  }
}

function isSameBlob(
  after: Parameters<typeof isSameState>[0] | undefined,
  before: Parameters<typeof isSameState>[1],
): boolean {
  return after !== undefined && isSameState(after, before);
}

async function seeStored(store: BlobStore, key: BlobKey): Promise<Found> {
  const stat = await store.stat(key);
  if (stat === undefined) return { kind: "gone" };
  // Whoever is told that a blob is there wants to read it.
  await store.requireReadable(key);
  return { kind: "seen", sha256: stat.sha256 ?? null, stat };
}

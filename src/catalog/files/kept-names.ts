import type { BlobKey } from "../../core/naming/blob-key.ts";
import { isInsidePath } from "../../core/path.ts";
import { fileUriFromPath } from "../../core/storage-uri.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import type { CanonicalNames } from "./canonical-name.ts";

/** What keeps a name is one line: larger files need no look. In bytes. */
export const LONGEST_PLACEHOLDER = 1024;

/** Where {@link findRootKey} looks. */
export interface RootFiles {
  /** Where files are. */
  readonly fs: FileSystem;
  /** Knows the root. */
  readonly store: BlobStore;
}

/** The key of what has a path at this moment; `undefined` for what lies elsewhere. */
export async function findRootKey({ fs, store }: RootFiles, path: string): Promise<BlobKey | undefined> {
  const real = await fs.realPath(path);
  return isInsidePath(store.root, real) ? store.findKey(fileUriFromPath(real)) : undefined;
}

/** What {@link KeptNames} works with. */
export interface KeptNamesContext {
  /** Where files are. */
  readonly fs: FileSystem;
  /** Without it there is nobody who collects. */
  readonly store?: BlobStore | undefined;
}

/**
 * Tells content from what keeps a name in the root for a collector that has taken a file from there, and may give it
 * back. Paths are absolute, and their last name is no symlink.
 */
export class KeptNames {
  readonly #context: KeptNamesContext;
  readonly #names: CanonicalNames;

  /** `names` know the folders that were looked at. */
  constructor(context: KeptNamesContext, names: CanonicalNames) {
    this.#context = context;
    this.#names = names;
  }

  /** Whether a collector keeps a name at this moment. */
  async isKept(path: string): Promise<boolean> {
    return (await this.#look(path)) === "kept";
  }

  /** Whether a file that was found to have so many bytes was content, and not what stood there for a moment. */
  async isContent(path: string, bytes: number): Promise<boolean> {
    const what = await this.#look(path);
    if (what !== "own") return what === "elsewhere";
    return (await this.#context.fs.stat(path))?.sizeBytes === bytes;
  }

  async #look(path: string): Promise<"elsewhere" | "own" | "kept"> {
    const { store } = this.#context;
    if (store === undefined || this.#names.uriAtOnce(path) !== undefined) return "elsewhere";
    const { key } = await this.#names.locatePath(path);
    if (key === undefined) return "elsewhere";
    return (await store.isKept(key)) ? "kept" : "own";
  }
}

import type { DocumentRecord } from "../../core/document.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import { CanonicalNames } from "../files/canonical-name.ts";
import { findBlob } from "../placing/find-blob.ts";

/** What {@link CopyFiles} works with. */
export interface CopyFilesContext {
  /** Files outside of the root. */
  readonly fs: FileSystem;
  /** Those below it. */
  readonly store: BlobStore;
}

/** Looks whether the files are there that rows name. Serves one run: it remembers folders. */
export class CopyFiles {
  readonly #context: CopyFilesContext;
  readonly #names: CanonicalNames;

  /** Looks at nothing yet. */
  constructor(context: CopyFilesContext) {
    this.#context = context;
    this.#names = new CanonicalNames(context);
  }

  /**
   * Which file a row names, the same for two names of one; `undefined` where none of its size is there, or nobody can tell.
   * What lies where this catalog cannot look is what its URI says.
   */
  async find({ storageUri, bytes }: Pick<DocumentRecord, "storageUri" | "bytes">): Promise<string | undefined> {
    try {
      const { key, path, uri } = await this.#names.locate(storageUri);
      if (key === undefined && path === undefined) return uri;
      const stat = key === undefined ? await this.#findOutside(String(path)) : await findBlob(this.#context, key);
      return stat?.sizeBytes === bytes ? stat.identity : undefined;
    } catch {
      // What cannot be looked at is nothing to rely on.
      return undefined;
    }
  }

  async #findOutside(path: string): Promise<{ readonly sizeBytes: number; readonly identity: string } | undefined> {
    const stat = await this.#context.fs.stat(path);
    return stat?.kind === "file" ? stat : undefined;
  }
}

import { asCatalogError, hasCode } from "../../core/messages/file-error.ts";
import type { BlobWriter, StagedBlob } from "../../ports/blob-store.ts";
import type { FileHandle, FileSystem } from "../../ports/file-system.ts";
import { writeAll } from "./_file-stream.ts";

/** What a {@link StagedWriter} writes to. */
export interface OpenStagedFile {
  /** Open for writing; the writer closes it. */
  readonly handle: FileHandle;
  /** The name that the port gives staged bytes. */
  readonly name: string;
  /** Its absolute path. */
  readonly path: string;
  /** Whether the file becomes read-only when it is finished. */
  readonly readOnly: boolean;
}

/** A staged file that is being written. */
export class StagedWriter implements BlobWriter {
  readonly #fs: FileSystem;
  readonly #file: OpenStagedFile;
  #sizeBytes = 0;
  #state: "open" | "finished" | "dropped" = "open";

  /** Takes over the open file, at its start. */
  constructor(fs: FileSystem, file: OpenStagedFile) {
    this.#fs = fs;
    this.#file = file;
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await writeAll(this.#file.handle, bytes);
      this.#sizeBytes += bytes.byteLength;
    } catch (error) {
      throw asCatalogError(error, { verb: "write", path: this.#file.path });
    }
  }

  async finish(): Promise<StagedBlob> {
    try {
      await this.#file.handle.sync();
      await this.#file.handle.close();
    } catch (error) {
      throw asCatalogError(error, { verb: "finish", path: this.#file.path });
    }
    this.#state = "finished";
    const { name, readOnly } = this.#file;
    return { name, sizeBytes: this.#sizeBytes, shared: false, readOnly };
  }

  async drop(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "dropped";
    try {
      await this.#file.handle.close();
    } finally {
      await this.#unlink();
    }
  }

  async #unlink(): Promise<void> {
    try {
      await this.#fs.unlink(this.#file.path);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw asCatalogError(error, { verb: "drop", path: this.#file.path });
    }
  }
}

import type { BlobKey } from "../../core/naming/blob-key.ts";
import { baseName } from "../../core/path.ts";
import type { QuarantineEvidence } from "../../ports/blob-store.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import { encodeEvidence, quarantineKeys } from "./_evidence.ts";
import { writeAll } from "./_file-stream.ts";
import { modeLike, type NameTaker } from "./_name-taker.ts";
import type { Folders } from "./folders.ts";

/** What {@link Quarantine} works with. */
export interface QuarantineOptions {
  /** Where the bytes are, and where they go. */
  readonly fs: FileSystem;
  /** Gives the random part of the new name. */
  readonly entropy: Entropy;
  /** Makes and syncs the folder of the quarantine. */
  readonly folders: Folders;
  /** Gives the bytes their new name. */
  readonly names: NameTaker;
}

/** Where bytes that failed verification go. The evidence is durable before they are moved. */
export class Quarantine {
  readonly #options: QuarantineOptions;

  /** Makes no folder before there is something to put into it. */
  constructor(options: QuarantineOptions) {
    this.#options = options;
  }

  /** Keeps what stands at `path` here too, before another file takes its place. */
  async preserve(path: string, evidence: QuarantineEvidence): Promise<BlobKey> {
    const key = await this.#prepare(path, evidence);
    await this.#options.names.preserve(path, this.#options.folders.pathOf(key));
    await this.#options.folders.syncName(key);
    return key;
  }

  /** Moves what stands at `path` here. */
  async moveAway(path: string, evidence: QuarantineEvidence): Promise<BlobKey> {
    const { fs, folders } = this.#options;
    const key = await this.#prepare(path, evidence);
    await fs.rename(path, folders.pathOf(key));
    await folders.syncName(key);
    return key;
  }

  async #prepare(path: string, evidence: QuarantineEvidence): Promise<BlobKey> {
    const { fs, entropy, folders } = this.#options;
    const { note, blob } = quarantineKeys(entropy.nonce(), baseName(path));
    await folders.ensure(note);
    const found = await fs.lstat(path);
    const handle = await fs.open(folders.pathOf(note), "create", found && modeLike(found));
    try {
      await writeAll(handle, encodeEvidence(evidence));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await folders.syncName(note);
    return blob;
  }
}

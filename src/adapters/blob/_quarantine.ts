import type { BlobKey } from "../../core/naming/blob-key.ts";
import { baseName, parentPath } from "../../core/path.ts";
import type { QuarantineEvidence, SetAsideOptions } from "../../ports/blob-store.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import { writeAll } from "./_file-stream.ts";
import { modeLike, type NameTaker } from "./_name-taker.ts";
import type { Folders } from "./folders.ts";
import { EVIDENCE_NAME, encodeEvidence, quarantineKeys } from "./naming/evidence.ts";

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

  /** Moves what stands at `path` here if it is what was found; `undefined` if it is not. */
  async moveAway(path: string, { found, evidence }: SetAsideOptions): Promise<BlobKey | undefined> {
    const { folders, names } = this.#options;
    const key = await this.#prepare(path, evidence);
    if (await names.moveFound(path, { to: folders.pathOf(key), found })) {
      await folders.syncName(key);
      return key;
    }
    await this.#removeFolder(key);
    return undefined;
  }

  /** Removes what was moved here, with what was found wrong with it. */
  async drop(key: BlobKey): Promise<void> {
    await this.#options.fs.unlink(this.#options.folders.pathOf(key));
    await this.#removeFolder(key);
  }

  /** Leaves nothing behind of what was not moved here; evidence beside no bytes harms nobody. */
  async #removeFolder(key: BlobKey): Promise<void> {
    const { fs, folders } = this.#options;
    const path = folders.pathOf(key);
    if ((await fs.lstat(path)) !== undefined) return;
    const folder = parentPath(path);
    await Promise.allSettled([fs.unlink(`${folder}/${EVIDENCE_NAME}`)]);
    await Promise.allSettled([fs.removeDirectory(folder)]);
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

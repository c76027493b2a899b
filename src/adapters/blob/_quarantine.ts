import { hasCode } from "../../core/messages/file-error.ts";
import { type BlobKey, findBlobKey, OWN_FOLDERS } from "../../core/naming/blob-key.ts";
import { inPages } from "../../core/pages.ts";
import { baseName } from "../../core/path.ts";
import type { QuarantinedBlob, QuarantineEvidence, SetAsideOptions } from "../../ports/blob-store.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import { writeAll } from "./_file-stream.ts";
import { modeLike, type NameTaker } from "./_name-taker.ts";
import type { Folders } from "./folders.ts";
import { EVIDENCE_NAME, encodeEvidence, MAX_EVIDENCE_BYTES, parseEvidence, quarantineKeys } from "./naming/evidence.ts";
import { isSameBlob } from "./swap/same-blob.ts";

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
    await this.#removeNote(key);
    return undefined;
  }

  /** Removes what was moved here, if it is that still, with what was found wrong with it. */
  async drop({ at, stat }: Pick<QuarantinedBlob, "at" | "stat">): Promise<void> {
    const { fs, folders } = this.#options;
    if (!(await folders.exist(at))) return;
    const now = await fs.lstat(folders.pathOf(at));
    if (now !== undefined && !isSameBlob(now, stat)) return;
    await orGone(() => fs.unlink(folders.pathOf(at)), undefined);
    await this.#removeNote(at);
  }

  /** What lies here. */
  async *list(): AsyncGenerator<readonly QuarantinedBlob[], void, undefined> {
    const { fs, folders } = this.#options;
    if (!(await folders.exist(`${OWN_FOLDERS.quarantine}/any`))) return;
    for await (const page of fs.list(folders.pathOf(OWN_FOLDERS.quarantine))) {
      const found: QuarantinedBlob[] = [];
      for (const { name, kind, unnameable } of page) {
        if (kind === "directory" && unnameable !== true) found.push(...(await this.#look(name)));
      }
      yield* inPages(found);
    }
  }

  /** What is in the folder of one blob; nothing where somebody removed it meanwhile. */
  async #look(name: string): Promise<readonly QuarantinedBlob[]> {
    const { fs, folders } = this.#options;
    const folder = `${OWN_FOLDERS.quarantine}/${name}`;
    const [own, names] = [await fs.lstat(folders.pathOf(folder)), await this.#namesIn(folder)];
    const files = names.filter((each) => each !== EVIDENCE_NAME);
    if (own === undefined || files.length === 0) return [];
    const notePath = folders.pathOf(`${folder}/${EVIDENCE_NAME}`);
    const note = await fs.lstat(notePath);
    const isNote = note?.kind === "file" && note.sizeBytes <= MAX_EVIDENCE_BYTES;
    const bytes = isNote ? await orGone(() => fs.readFile(notePath), undefined) : undefined;
    const evidence = bytes === undefined ? null : parseEvidence(bytes);
    // The folder has the time at which the bytes came, unless something else came or went later.
    const quarantinedMs = Math.max(own.modifiedMs, note?.modifiedMs ?? 0);
    const found: QuarantinedBlob[] = [];
    for (const file of files) {
      const at = findBlobKey(`${folder}/${file}`);
      const stat = await fs.lstat(folders.pathOf(`${folder}/${file}`));
      if (at !== undefined && stat?.kind === "file") found.push({ at, evidence, stat, quarantinedMs });
    }
    return found;
  }

  async #namesIn(folder: string): Promise<readonly string[]> {
    const { fs, folders } = this.#options;
    const names: string[] = [];
    const read = async (): Promise<void> => {
      for await (const page of fs.list(folders.pathOf(folder))) names.push(...page.map(({ name }) => name));
    };
    await orGone(read, undefined);
    return names;
  }

  /** Leaves nothing behind of bytes that are not here; evidence beside no bytes harms nobody. */
  async #removeNote(key: BlobKey): Promise<void> {
    const { fs, folders } = this.#options;
    const folder = key.slice(0, key.lastIndexOf("/"));
    if ((await this.#namesIn(folder)).some((name) => name !== EVIDENCE_NAME)) return;
    await Promise.allSettled([fs.unlink(folders.pathOf(`${folder}/${EVIDENCE_NAME}`))]);
    await Promise.allSettled([fs.removeDirectory(folders.pathOf(folder))]);
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

/** What `work` gives, or `gone` where somebody removed what it needs. */
async function orGone<Result>(work: () => Promise<Result>, gone: Result): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return gone;
    throw error;
  }
}

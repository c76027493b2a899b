import { type BlobKey, findBlobKey, OWN_FOLDERS } from "../../../core/naming/blob-key.ts";
import { inPages } from "../../../core/pages.ts";
import { baseName } from "../../../core/path.ts";
import type { QuarantinedBlob, QuarantineEvidence, SetAsideOptions } from "../../../ports/blob-store.ts";
import type { Entropy } from "../../../ports/entropy.ts";
import type { R2BucketBinding, R2Head } from "./binding.ts";
import { statOf } from "./stat-of.ts";

/** How the notes beside copies are named and written, which is the same in every store. */
export interface QuarantineNotes {
  /** The name of each. */
  readonly name: string;
  /** What is longer is none, in bytes. */
  readonly maxBytes: number;
  /** Where a copy and its note go. */
  keysOf(nonce: string, name: string): { readonly blob: BlobKey; readonly note: BlobKey };
  /** What is written. */
  encode(evidence: QuarantineEvidence): Uint8Array<ArrayBuffer>;
  /** Reads it; `null` for what is none. */
  parse(bytes: Uint8Array): QuarantineEvidence | null;
}

/** What {@link R2Quarantine} works with. */
export interface R2QuarantineOptions {
  /** Where the objects are. */
  readonly bucket: R2BucketBinding;
  /** In front of all keys. */
  readonly prefix: string;
  /** Gives the random part of the names of copies. */
  readonly entropy: Entropy;
  /** What is written beside copies. */
  readonly notes: QuarantineNotes;
  /** The objects below a prefix. */
  readonly list: (prefix: string) => AsyncIterable<readonly R2Head[]>;
}

/**
 * Where objects that failed verification are kept. R2 moves nothing: an object is copied, and what stands in its place
 * then decides which of two who copied it was the one that did so.
 */
export class R2Quarantine {
  readonly #options: R2QuarantineOptions;

  /** Asks nothing of the bucket yet. */
  constructor(options: R2QuarantineOptions) {
    this.#options = options;
  }

  /** Moves an object here if it is the one that was found. */
  async moveAway(key: BlobKey, options: SetAsideOptions): Promise<BlobKey | undefined> {
    const { bucket } = this.#options;
    const name = this.#nameOf(key);
    const { found } = options;
    const copied = await this.copy(key, options);
    if (copied === undefined) return undefined;
    // Nothing is deleted on a condition, but an object is replaced on one: of two one does so, by one that is empty.
    const onlyIf = { etagMatches: copied.etag };
    const empty = await bucket.put(name, new Uint8Array(0), { onlyIf });
    const now = empty && (await bucket.head(name));
    if (now !== null && now.version === empty?.version) {
      await bucket.delete(name);
      return copied.at;
    }
    // Two empty objects look alike, so both may have replaced one.
    if (empty !== null && found.sizeBytes > 0) return copied.at;
    await this.discard(copied.at);
    return undefined;
  }

  /** Copies an object, with a note, if it is the one that was found. */
  async copy(
    key: BlobKey,
    { found, evidence }: SetAsideOptions,
  ): Promise<{ readonly at: BlobKey; readonly etag: string } | undefined> {
    const { bucket, entropy, notes } = this.#options;
    const object = await bucket.get(this.#nameOf(key));
    if (object === null) return undefined;
    if (object.version !== found.identity) {
      await object.body.cancel();
      return undefined;
    }
    const { note, blob } = notes.keysOf(entropy.nonce(), baseName(key));
    await bucket.put(this.#nameOf(blob), object.body);
    await bucket.put(this.#nameOf(note), notes.encode(evidence));
    return { at: blob, etag: object.etag };
  }

  /** Removes a copy again, as somebody else has another, or nobody wants it any more. */
  async discard(at: BlobKey): Promise<void> {
    for (const key of [at, this.#noteOf(at)]) await this.#options.bucket.delete(this.#nameOf(key));
  }

  /** Removes what was moved here, if it is that still. */
  async drop({ at, stat }: Pick<QuarantinedBlob, "at" | "stat">): Promise<void> {
    const head = await this.#options.bucket.head(this.#nameOf(at));
    if (head === null || head.version === stat.identity) await this.discard(at);
  }

  /** What lies here. */
  async *list(): AsyncGenerator<readonly QuarantinedBlob[], void, undefined> {
    const prefix = this.#nameOf(`${OWN_FOLDERS.quarantine}/`);
    for await (const objects of this.#options.list(prefix)) {
      const found: QuarantinedBlob[] = [];
      for (const object of objects) {
        const at = findBlobKey(object.key.slice(this.#options.prefix.length));
        // Only what is in a folder of its own was moved here.
        if (at === undefined || at.split("/").length !== 3 || at === this.#noteOf(at)) continue;
        const stat = statOf(object);
        found.push({ at, evidence: await this.#readNote(at), stat, quarantinedMs: stat.modifiedMs });
      }
      yield* inPages(found);
    }
  }

  async #readNote(at: BlobKey): Promise<QuarantineEvidence | null> {
    const { bucket, notes } = this.#options;
    const object = await bucket.get(this.#nameOf(this.#noteOf(at)));
    if (object === null) return null;
    if (object.size <= notes.maxBytes) {
      return notes.parse(new Uint8Array(await new Response(object.body).arrayBuffer()));
    }
    await object.body.cancel();
    return null;
  }

  #nameOf(key: string): string {
    return `${this.#options.prefix}${key}`;
  }

  /** The note beside an object. */
  #noteOf(at: BlobKey): string {
    return at.replace(/[^/]*$/, this.#options.notes.name);
  }
}

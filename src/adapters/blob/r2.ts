import { quote } from "../../core/messages/quote.ts";
import { type BlobKey, findBlobKey, OWN_FOLDERS } from "../../core/naming/blob-key.ts";
import { inPages } from "../../core/pages.ts";
import { findPlaceOfUri, type StorageUri, s3UriFromPlace } from "../../core/storage-uri.ts";
import { CatalogError } from "../../errors.ts";
import type {
  BlobCapabilities,
  BlobStat,
  BlobStore,
  BlobWriter,
  FoundStaged,
  ListedBlob,
  ListOptions,
  PlaceOptions,
  QuarantinedBlob,
  ReplaceOptions,
  SetAsideOptions,
  StagedBlob,
  TakenBlob,
} from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { ProcessIdentity } from "../../ports/process.ts";
import type { RootMarkers } from "../../ports/root-markers.ts";
import { EVIDENCE_NAME, encodeEvidence, MAX_EVIDENCE_BYTES, parseEvidence, quarantineKeys } from "./naming/evidence.ts";
import { formatStagingName, parseStagingName } from "./naming/staging-name.ts";
import type { R2BucketBinding, R2Condition, R2Head } from "./r2/binding.ts";
import { asR2Failure, withR2 } from "./r2/failure.ts";
import { createR2Markers } from "./r2/markers.ts";
import { type QuarantineNotes, R2Quarantine } from "./r2/quarantine.ts";
import { statOf } from "./r2/stat-of.ts";
import { R2Writer } from "./r2/writer.ts";

/** Options of {@link createR2Store}. */
export interface R2StoreOptions {
  /** The bucket as a worker has it in its environment. */
  readonly bucket: R2BucketBinding;
  /** What the bucket is called, which its binding does not tell: blobs are `s3://<bucketName>/...`. */
  readonly bucketName: string;
  /** In front of all keys. @default "" */
  readonly prefix?: string | undefined;
  /** Gives the time at which bytes were staged that wait in memory. */
  readonly clock: Clock;
  /** Gives the random part of the names of staged objects. */
  readonly entropy: Entropy;
}

/**
 * Blobs as objects of an R2 bucket, over the binding of a Cloudflare worker.
 *
 * A put that only happens where there is nothing gives bytes their name, and R2 compares their SHA-256. Such a put
 * needs to know how many bytes there are, so up to 5 MiB wait in memory until they have their name, and go there in
 * one step; of what is larger each 5 MiB go to `.staging/` as a part of a multipart upload, which is then copied inside
 * of the bucket. One ingest holds 5 MiB in memory, whatever its size. R2 ends uploads that were left after 7 days.
 */
export function createR2Store(options: R2StoreOptions): BlobStore {
  return new R2BlobStore(options);
}

/** A worker is no process that could be asked whether it is alive. */
const NOBODY: ProcessIdentity = { host: null, bootId: null, pid: null, startedAt: null };

const NOTES: QuarantineNotes = {
  name: EVIDENCE_NAME,
  maxBytes: MAX_EVIDENCE_BYTES,
  keysOf: quarantineKeys,
  encode: encodeEvidence,
  parse: parseEvidence,
};

const IS_FREE: R2Condition = { etagDoesNotMatch: "*" };

/** Staged bytes in memory. */
interface HeldBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly modifiedMs: number;
}

class R2BlobStore implements BlobStore {
  readonly capabilities: BlobCapabilities = { adopt: false, share: false, take: false, swap: false };
  readonly root: string;
  readonly markers: RootMarkers;
  readonly #options: R2StoreOptions;
  readonly #bucket: R2BucketBinding;
  readonly #prefix: string;
  readonly #held = new Map<string, HeldBytes>();
  readonly #quarantine: R2Quarantine;

  constructor(options: R2StoreOptions) {
    this.#options = options;
    this.#bucket = options.bucket;
    this.#prefix = options.prefix ?? "";
    const list = (prefix: string): AsyncIterable<readonly R2Head[]> => this.#pages(prefix);
    this.#quarantine = new R2Quarantine({
      bucket: this.#bucket,
      prefix: this.#prefix,
      entropy: options.entropy,
      notes: NOTES,
      list,
    });
    this.markers = createR2Markers({ bucket: this.#bucket, prefix: this.#prefix, bucketName: options.bucketName });
    this.root = s3UriFromPlace({ bucket: options.bucketName, key: this.#prefix });
  }

  uriOf(key: BlobKey): StorageUri {
    return s3UriFromPlace({ bucket: this.#options.bucketName, key: this.#objectKey(key) });
  }

  findKey(uri: string): BlobKey | undefined {
    const place = findPlaceOfUri(uri);
    if (place?.bucket !== this.#options.bucketName || !place.key.startsWith(this.#prefix)) return undefined;
    // A bucket may have names that no file could have.
    return findBlobKey(place.key.slice(this.#prefix.length));
  }

  async canonicalKey(key: BlobKey): Promise<BlobKey> {
    return key;
  }

  async stage(): Promise<BlobWriter> {
    const { clock, entropy } = this.#options;
    const name = formatStagingName(entropy.nonce(), NOBODY);
    const key = stagingKey(name);
    return new R2Writer({
      bucket: this.#bucket,
      name,
      objectKey: this.#objectKey(key),
      uri: this.uriOf(key),
      hold: (bytes) => this.#held.set(name, { bytes, modifiedMs: clock.now() }),
    });
  }

  async adopt(): Promise<undefined> {
    return undefined;
  }

  async statStaged(staged: StagedBlob): Promise<BlobStat> {
    const held = this.#held.get(staged.name);
    if (held === undefined) return (await this.stat(stagingKey(staged.name))) ?? this.#failMissing(staged);
    return { sizeBytes: held.bytes.byteLength, modifiedMs: held.modifiedMs, identity: staged.name };
  }

  async openStaged(staged: StagedBlob): Promise<ReadableStream<Uint8Array>> {
    const held = this.#held.get(staged.name);
    if (held !== undefined) return new Blob([held.bytes]).stream();
    return (await this.open(stagingKey(staged.name))) ?? this.#failMissing(staged);
  }

  place(staged: StagedBlob, key: BlobKey, options: PlaceOptions = {}): Promise<boolean> {
    const { sha256 } = options;
    return this.#attempt({ verb: "store", key, sha256 }, () => this.#put(staged, key, { onlyIf: IS_FREE, sha256 }));
  }

  replace(staged: StagedBlob, key: BlobKey, options: ReplaceOptions): Promise<"replaced" | "changed"> {
    const { found, sha256 } = options;
    return this.#attempt({ verb: "replace", key, sha256 }, async () => {
      const now = await this.#head(key);
      if (now?.version !== found.identity || now.size !== found.sizeBytes) return "changed";
      const copied = now.size > 0 ? await this.#quarantine.copy(key, options) : undefined;
      if (now.size > 0 && copied === undefined) return "changed";
      if (await this.#put(staged, key, { onlyIf: { etagMatches: now.etag }, sha256 })) return "replaced";
      // Whoever was faster has kept what was found.
      if (copied !== undefined) await this.#quarantine.discard(copied.at);
      return "changed";
    });
  }

  async share(): Promise<"impossible"> {
    return "impossible";
  }

  /** A put is durable when it resolves, and R2 has no folders. */
  async syncName(): Promise<void> {}

  /** R2 has no permissions for single objects. */
  async protect(): Promise<void> {}

  async *listStaged(): AsyncGenerator<FoundStaged, void, undefined> {
    for (const [name, { bytes, modifiedMs }] of [...this.#held]) {
      yield { staged: { name, sizeBytes: bytes.byteLength, shared: false }, modifiedMs, owner: NOBODY, identity: name };
    }
    const prefix = this.#objectKey(stagingKey(""));
    for await (const objects of this.#pages(prefix)) {
      for (const object of objects) {
        const name = object.key.slice(prefix.length);
        const owner = parseStagingName(name);
        if (owner === undefined) continue;
        const staged = { name, sizeBytes: object.size, shared: false };
        yield { staged, modifiedMs: object.uploaded.getTime(), owner, identity: object.version };
      }
    }
  }

  async dropStaged(staged: StagedBlob): Promise<void> {
    if (this.#held.delete(staged.name)) return;
    const key = stagingKey(staged.name);
    await this.#attempt({ verb: "drop", key }, () => this.#bucket.delete(this.#objectKey(key)));
  }

  /** R2 cannot delete on a condition: between the last look and the end somebody else's bytes could go, too. */
  setAside(key: BlobKey, options: SetAsideOptions): Promise<BlobKey | undefined> {
    return this.#attempt({ verb: "quarantine", key }, () => this.#quarantine.moveAway(key, options));
  }

  async *listQuarantined(): AsyncGenerator<readonly QuarantinedBlob[], void, undefined> {
    try {
      yield* this.#quarantine.list();
    } catch (error) {
      throw asR2Failure(error, { verb: "list", uri: this.root });
    }
  }

  dropQuarantined(blob: Pick<QuarantinedBlob, "at" | "stat">): Promise<void> {
    return this.#attempt({ verb: "drop", key: blob.at }, () => this.#quarantine.drop(blob));
  }

  async swap(_staged: StagedBlob, key: BlobKey): Promise<never> {
    throw cannotSwap(this.uriOf(key));
  }

  async *list({ under, signal }: ListOptions = {}): AsyncGenerator<readonly ListedBlob[], void, undefined> {
    const prefix = this.#objectKey(under === undefined ? "" : `${under}/`);
    const own: readonly string[] = Object.values(OWN_FOLDERS);
    for await (const objects of this.#pages(prefix)) {
      signal?.throwIfAborted();
      const names = objects.map((object) => ({ object, name: object.key.slice(this.#prefix.length) }));
      const theirs = names.filter(({ name }) => !own.includes(name.split("/", 1)[0] ?? ""));
      yield* inPages(theirs.map(({ object, name }) => listedOf(name, object)));
    }
  }

  /** There are no folders. */
  async removeFolder(): Promise<boolean> {
    return false;
  }

  comparableKey(key: BlobKey): string {
    return key;
  }

  newRun(): string {
    return formatStagingName(this.#options.entropy.nonce(), NOBODY);
  }

  async take(key: BlobKey): Promise<undefined> {
    throw cannotTake(this.uriOf(key));
  }

  async giveBack({ key }: TakenBlob): Promise<never> {
    throw cannotTake(this.uriOf(key));
  }

  async keepTaken({ key }: TakenBlob): Promise<never> {
    throw cannotTake(this.uriOf(key));
  }

  async dropTaken({ key }: TakenBlob): Promise<never> {
    throw cannotTake(this.uriOf(key));
  }

  async *listTaken(): AsyncGenerator<never, void, undefined> {}

  async findTaken(): Promise<undefined> {
    return undefined;
  }

  async isKept(): Promise<boolean> {
    return false;
  }

  /** What R2 frees it does not tell; a copy is billed as one. */
  async mayShareBlocks(): Promise<boolean> {
    return false;
  }

  stat(key: BlobKey): Promise<BlobStat | undefined> {
    return this.#attempt({ verb: "look at", key }, async () => {
      const head = await this.#head(key);
      return head === null ? undefined : statOf(head);
    });
  }

  /** There are no permissions of a blob. */
  async requireReadable(): Promise<void> {}

  open(key: BlobKey): Promise<ReadableStream<Uint8Array> | undefined> {
    return this.#attempt({ verb: "read", key }, async () => (await this.#bucket.get(this.#objectKey(key)))?.body);
  }

  /** Gives staged bytes a name, if the condition holds. */
  async #put(
    staged: StagedBlob,
    key: BlobKey,
    { onlyIf, sha256 }: { readonly onlyIf: R2Condition; readonly sha256: string | undefined },
  ): Promise<boolean> {
    const options = sha256 === undefined ? { onlyIf } : { onlyIf, sha256 };
    const body = this.#held.get(staged.name)?.bytes ?? (await this.openStaged(staged));
    return (await this.#bucket.put(this.#objectKey(key), body, options)) !== null;
  }

  async *#pages(prefix: string): AsyncGenerator<readonly R2Head[], void, undefined> {
    let cursor: string | undefined;
    for (;;) {
      const from = cursor === undefined ? {} : { cursor };
      const action = { verb: "list", uri: this.root };
      const page = await withR2(action, () => this.#bucket.list({ prefix, ...from }));
      yield page.objects;
      if (!page.truncated) return;
      cursor = page.cursor;
    }
  }

  #head(key: BlobKey): Promise<R2Head | null> {
    return this.#bucket.head(this.#objectKey(key));
  }

  #objectKey(key: string): string {
    return `${this.#prefix}${key}`;
  }

  #attempt<Result>(
    { verb, key, sha256 }: { readonly verb: string; readonly key: BlobKey; readonly sha256?: string | undefined },
    work: () => Promise<Result>,
  ): Promise<Result> {
    return withR2({ verb, uri: this.uriOf(key), sha256 }, work);
  }

  #failMissing(staged: StagedBlob): never {
    const path = this.uriOf(stagingKey(staged.name));
    throw new CatalogError("NOT_FOUND", `Cannot store ${quote(path)}: the staged bytes were removed by somebody else`, {
      details: { what: "staged bytes", path },
      hint: "Make sure that nothing else cleans up in the bucket, and try again.",
    });
  }
}

/** The name is one that this store made. */
function stagingKey(name: string): BlobKey {
  return `${OWN_FOLDERS.staging}/${name}` as BlobKey;
}

/** What one object is; R2 lists names that no file could have. */
function listedOf(name: string, object: R2Head): ListedBlob {
  const key = findBlobKey(name);
  return key === undefined ? { kind: "unknown", name } : { kind: "blob", key, stat: statOf(object) };
}

/** Nothing takes a name away from an object in one step, which is what taking means. */
function cannotTake(uri: string): CatalogError<"UNSUPPORTED"> {
  return new CatalogError("UNSUPPORTED", `Cannot take ${quote(uri)}: R2 moves no objects`, {
    details: { what: "taking blobs out of R2" },
    hint: "Ask for the capability take of the store first.",
  });
}

/** Two objects never share their bytes. */
function cannotSwap(uri: string): CatalogError<"UNSUPPORTED"> {
  return new CatalogError("UNSUPPORTED", `Cannot replace ${quote(uri)}: objects of R2 share no bytes`, {
    details: { what: "giving a name other bytes in one step" },
    hint: "Ask for the capability swap of the store first.",
  });
}

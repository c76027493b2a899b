import { quote } from "../../core/messages/quote.ts";
import type { Sha256 } from "../../core/sha256.ts";
import { CatalogError } from "../../errors.ts";
import type { BlobStat, BlobStore, StagedBlob } from "../../ports/blob-store.ts";
import type { HashStream } from "../../ports/hasher.ts";
import { SNIFF_BYTES } from "../ingest/sniff-content.ts";
import { TimedHash } from "../telemetry/timed-hash.ts";
import type { PlacingContext } from "./placing-context.ts";
import { IncomingBytes, type Staging, stagedAlready } from "./staging.ts";

/** Bytes that came in, with what was learnt on their way. */
export interface StagedContent {
  /** Where they wait; whoever has the content finishes or drops it. */
  readonly staging: Staging;
  /** `null` where hashing is off. */
  readonly sha256: Sha256 | null;
  /** How many they are. */
  readonly bytes: number;
  /** The first of them, at most as many as sniffing looks at. */
  readonly head: Uint8Array;
  /** For a file that somebody else has, too: how it looked while it was hashed. */
  readonly hashedAs?: BlobStat | undefined;
  /** Permission bits of the file that they come from, if they do: nobody else gets to read them. */
  readonly mode?: number | undefined;
}

/** What is known about bytes before they come. */
export interface ContentExpectations {
  /** For messages. */
  readonly name: string;
  /** Refuse other bytes. */
  readonly sha256?: Sha256 | undefined;
  /** Refuse more or fewer bytes. */
  readonly bytes?: number | undefined;
  /** Refuse none at all, as from a response that should have a body. */
  readonly refusesEmpty?: boolean | undefined;
  /** Permission bits of the file that they come from. */
  readonly mode?: number | undefined;
}

/** Takes bytes in, hashing them on their way. On any error nothing stays. */
export async function stageContent(
  context: PlacingContext,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  expected: ContentExpectations,
): Promise<StagedContent> {
  const staging = new IncomingBytes(context.store, {
    buffers: context.state.buffers,
    readOnly: context.settings.layout === "cas" && context.settings.computeSha256,
    mode: expected.mode,
  });
  try {
    const digesting = await ContentDigest.create(context, expected);
    for await (const chunk of chunks) await Promise.all([staging.write(chunk), digesting.update(chunk)]);
    const digest = await digesting.finish();
    checkExpectations(digest, expected);
    return { staging, mode: expected.mode, ...digest };
  } catch (error) {
    await dropQuietly(context, () => staging.drop());
    throw error;
  }
}

/** Hashes bytes that are staged already. @throws {CatalogError} CONFLICT when they change meanwhile */
export async function digestStaged(
  context: PlacingContext,
  staged: StagedBlob,
  expected: ContentExpectations & { readonly signal?: AbortSignal | undefined },
): Promise<StagedContent> {
  const hashedAs = await context.store.statStaged(staged);
  const digesting = await ContentDigest.create(context, { ...expected, bytes: hashedAs.sizeBytes });
  for await (const chunk of readAll(await context.store.openStaged(staged))) {
    expected.signal?.throwIfAborted();
    await digesting.update(chunk);
  }
  const digest = await digesting.finish();
  if (digest.bytes !== hashedAs.sizeBytes || !isSameState(await context.store.statStaged(staged), hashedAs)) {
    throw unstable(expected.name);
  }
  checkExpectations(digest, expected);
  return { staging: stagedAlready(context.store, staged), mode: staged.mode, ...digest, hashedAs };
}

/** Whether a file is the same one and was not written to in between, as far as size and time tell. */
export function isSameState(now: BlobStat, before: BlobStat | undefined): boolean {
  return (
    now.identity === before?.identity && now.sizeBytes === before.sizeBytes && now.modifiedMs === before.modifiedMs
  );
}

/** A file changed while it was read. */
export function unstable(name: string, reason = "the file was written to while it was read"): CatalogError {
  return new CatalogError("CONFLICT", `Cannot ingest ${quote(name)}: ${reason}`, {
    details: { reason },
    hint: "Nothing was stored; wait until whoever writes it is done, and try again.",
  });
}

/** The hash of a blob as it is now, or `undefined` when there is none. */
export async function hashBlob(
  context: Pick<PlacingContext, "hashers">,
  store: BlobStore,
  key: Parameters<BlobStore["open"]>[0],
): Promise<Sha256 | undefined> {
  const stream = await store.open(key);
  if (stream === undefined) return undefined;
  const hash = await (context.hashers.large ?? context.hashers.core).create();
  for await (const chunk of readAll(stream)) await hash.update(chunk);
  return hash.digest();
}

/** Streams of the web are not iterable everywhere. Cancels what is not read to its end. */
export async function* readAll(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

/** Cleans up after an error, which must not be hidden by a second one. */
export async function dropQuietly(context: Pick<PlacingContext, "logger">, drop: () => Promise<void>): Promise<void> {
  try {
    await drop();
  } catch (error) {
    context.logger.log("warn", "Could not remove a staged file; a collector will", { error: String(error) });
  }
}

type Digest = Omit<StagedContent, "staging">;

/** Bytes from which on the runtime's own hasher is worth its start, when it is known that there are more. */
const LARGE_BYTES = 2 * 1024;

/** Counts and hashes bytes, and keeps the first. */
class ContentDigest {
  readonly #hash: HashStream | undefined;
  readonly #expected: ContentExpectations;
  readonly #head = new Uint8Array(SNIFF_BYTES);
  #bytes = 0;

  private constructor(hash: HashStream | undefined, expected: ContentExpectations) {
    this.#hash = hash;
    this.#expected = expected;
  }

  static async create(
    context: Pick<PlacingContext, "hashers" | "settings" | "clock" | "telemetry">,
    expected: ContentExpectations,
  ): Promise<ContentDigest> {
    const { hashers, settings } = context;
    if (!settings.computeSha256 && expected.sha256 === undefined) return new ContentDigest(undefined, expected);
    const isLarge = (expected.bytes ?? Number.POSITIVE_INFINITY) >= LARGE_BYTES;
    const hasher = isLarge ? (hashers.large ?? hashers.core) : hashers.core;
    return new ContentDigest(new TimedHash(await hasher.create(), context), expected);
  }

  async update(chunk: Uint8Array): Promise<void> {
    if (this.#bytes + chunk.byteLength > (this.#expected.bytes ?? Number.POSITIVE_INFINITY)) {
      throw wrongSize(this.#expected, this.#bytes + chunk.byteLength);
    }
    if (this.#bytes < SNIFF_BYTES) this.#head.set(chunk.subarray(0, SNIFF_BYTES - this.#bytes), this.#bytes);
    this.#bytes += chunk.byteLength;
    await this.#hash?.update(chunk);
  }

  async finish(): Promise<Digest> {
    const sha256 = this.#hash === undefined ? null : await this.#hash.digest();
    return { sha256, bytes: this.#bytes, head: this.#head.subarray(0, Math.min(this.#bytes, SNIFF_BYTES)) };
  }
}

const HINT = "Nothing was stored; get the bytes again.";

function checkExpectations(digest: Digest, expected: ContentExpectations): void {
  const start = `Cannot ingest ${quote(expected.name)}`;
  if (expected.bytes !== undefined && expected.bytes !== digest.bytes) throw wrongSize(expected, digest.bytes);
  if (expected.refusesEmpty === true && digest.bytes === 0) {
    throw new CatalogError("REFUSED", `${start}: the response is empty`, {
      details: { guard: "empty" },
      hint: "If no bytes are what you want to keep, ingest an empty Uint8Array.",
    });
  }
  if (expected.sha256 !== undefined && digest.sha256 !== null && expected.sha256 !== digest.sha256) {
    const details = { expected: expected.sha256, actual: digest.sha256 };
    throw new CatalogError("INTEGRITY", `${start}: the bytes hash to ${digest.sha256}, expected ${expected.sha256}`, {
      details,
      hint: HINT,
    });
  }
}

function wrongSize(expected: ContentExpectations, actual: number): CatalogError {
  const details = { expected: expected.bytes ?? 0, actual };
  const came = actual > details.expected ? `${actual} bytes or more` : `${actual} bytes`;
  const message = `Cannot ingest ${quote(expected.name)}: ${came} came, expected ${details.expected}`;
  return new CatalogError("SIZE_MISMATCH", message, { details, hint: HINT });
}

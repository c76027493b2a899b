import { quote } from "../../core/messages/quote.ts";
import { CatalogError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import { type Closing, whileOpen } from "../closing-source.ts";
import { withinTime } from "../concurrency/within-time.ts";

/**
 * Bytes to be ingested. A text is none, as it could be a path, a URL or the content itself. A buffer may be used again
 * when the call is done: before, what is stored is some of both, under its true hash. A stream may fill one buffer again
 * and again, when it is asked for more and not before. That a Response was cut off can only be seen where it has a
 * `content-length` and no `content-encoding`, or where its `fetch` tells: say `expectedBytes` or `expectedSha256` where
 * they are known.
 */
export type IngestSource = ReadableStream<Uint8Array> | Response | Uint8Array | ArrayBuffer | Blob;

/** A source that was opened. */
export interface SourceBytes {
  /** A stream, or bytes that are all there. */
  readonly body: ReadableStream<Uint8Array> | Uint8Array;
  /** Whether the bytes come when somebody else gives them, so that they may be waited for. */
  readonly isAwaited: boolean;
  /** What the source says about itself, if it says anything. */
  readonly contentType: string | null;
  /** How many bytes it announces; `undefined` where it does not, or where they come compressed. */
  readonly expectedBytes: number | undefined;
  /** Whether no bytes at all are a mistake. */
  readonly refusesEmpty: boolean;
}

/**
 * Opens a source; a Response that cannot be stored is cancelled.
 * @throws {TypeError} when it is something else, or was read before
 * @throws {CatalogError} REFUSED when it is a Response without success, or with a part only
 */
export async function openSource(source: IngestSource, name: string): Promise<SourceBytes> {
  if (source instanceof Response) return openResponse(source, name);
  if (source instanceof ReadableStream) {
    if (source.locked) throw new TypeError(`Cannot ingest ${quote(name)}: somebody else reads the stream`);
    return { body: source, isAwaited: true, contentType: null, expectedBytes: undefined, refusesEmpty: false };
  }
  if (source instanceof Blob) return fromBlob(source, source.type);
  if (source instanceof ArrayBuffer) return fromBytes(new Uint8Array(source));
  if (source instanceof Uint8Array) return fromBytes(source);
  const hint = typeof source === "string" ? "; encode a text, fetch a URL, and give a path to finalize" : "";
  throw new TypeError(
    `Cannot ingest ${quote(name)}: expected a ReadableStream, Response, Blob, ArrayBuffer or Uint8Array${hint}`,
  );
}

function fromBlob(blob: Blob, type: string): SourceBytes {
  return {
    body: blob.stream(),
    isAwaited: false,
    contentType: type === "" ? null : type,
    expectedBytes: blob.size,
    refusesEmpty: false,
  };
}

function fromBytes(bytes: Uint8Array): SourceBytes {
  return { body: bytes, isAwaited: false, contentType: null, expectedBytes: bytes.byteLength, refusesEmpty: false };
}

async function openResponse(response: Response, name: string): Promise<SourceBytes> {
  const refusal = findRefusal(response);
  if (refusal !== undefined) {
    // The connection is of no use any more; whether closing it works changes nothing.
    await Promise.allSettled([response.body?.cancel()]);
    throw new CatalogError("REFUSED", `Cannot ingest ${quote(name)}: ${refusal}`, {
      details: { guard: "response" },
      hint: "Nothing was stored; look at the response, and ask again.",
    });
  }
  if (response.bodyUsed || response.body?.locked) {
    throw new TypeError(`Cannot ingest ${quote(name)}: the body of the response was read before`);
  }
  const { body, headers } = response;
  return {
    body: body ?? new Uint8Array(),
    isAwaited: body !== null,
    contentType: headers.get("content-type"),
    expectedBytes: contentLength(headers),
    refusesEmpty: true,
  };
}

function findRefusal({ ok, status, statusText, type }: Response): string | undefined {
  const named = `status ${status}${statusText === "" ? "" : ` ${statusText}`}`;
  if (type === "opaque" || type === "opaqueredirect") return `the response is ${type}, its status cannot be seen`;
  if (!ok) return `the response has ${named}`;
  if (status === 206) return `the response has ${named}, which is only a part`;
  return undefined;
}

/** The length of the body, if the header speaks of the bytes that come out and not of compressed ones. */
function contentLength(headers: Headers): number | undefined {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  const length = headers.get("content-length")?.trim() ?? "";
  return (encoding === "" || encoding === "identity") && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

/** Chunks on their way, that can be left. */
export type ByteChunks = AsyncGenerator<Uint8Array, void, undefined> | Generator<Uint8Array, void, undefined>;

/** Limits of {@link readBytes}. */
export interface ReadLimits {
  /** For messages. */
  readonly name: string;
  /** Tells how long the source is silent. */
  readonly clock: Clock;
  /** Aborted when the catalog begins to close; the source may then be silent for a moment only. @default never */
  readonly closing?: Closing | undefined;
  /** Aborted, it makes reading reject with its reason, also while the source is silent. */
  readonly signal?: AbortSignal | undefined;
  /** The longest that the source may take for its next bytes, in milliseconds. @default forever */
  readonly idleTimeoutMs?: number | undefined;
}

/** Large enough that calls cost little, small enough that an abort is heard. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * The chunks of bytes that are all there. Each is a copy, valid until the next is asked for: their owner may use the
 * buffer again meanwhile, and what is hashed has to be what is written.
 */
export function* sliceBytes(
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Generator<Uint8Array, void, undefined> {
  const copy = new Uint8Array(Math.min(CHUNK_BYTES, bytes.byteLength));
  for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES) {
    signal?.throwIfAborted();
    const chunk = bytes.subarray(at, at + CHUNK_BYTES);
    copy.set(chunk);
    yield copy.subarray(0, chunk.byteLength);
  }
}

/** Takes chunks over from a source that may fill the same buffer again as soon as it is asked for more. */
class ChunkCopier {
  #buffer = new Uint8Array(0);

  /** A copy, valid until the next one; a chunk too large to be copied at once comes back as it is. */
  copy(chunk: unknown): unknown {
    if (!(chunk instanceof Uint8Array) || chunk.byteLength > CHUNK_BYTES) return chunk;
    if (chunk.byteLength > this.#buffer.byteLength) this.#buffer = new Uint8Array(chunk.byteLength);
    this.#buffer.set(chunk);
    return this.#buffer.subarray(0, chunk.byteLength);
  }
}

/**
 * The chunks of a stream, none of them empty and none large; each is a copy, valid until the next is asked for. However
 * it ends, the stream is left: read to its end or cancelled.
 * @throws {CatalogError} UNAVAILABLE when the source fails or stalls
 */
export async function* readBytes(
  stream: ReadableStream<Uint8Array>,
  limits: ReadLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  const copier = new ChunkCopier();
  let ended = false;
  try {
    for (let bytes = 0; ; ) {
      limits.signal?.throwIfAborted();
      const chunk = await readChunk(reader, limits, { bytes, copier });
      if (chunk === undefined) {
        ended = true;
        return;
      }
      bytes += chunk.byteLength;
      if (chunk.byteLength > CHUNK_BYTES) yield* sliceBytes(chunk, limits.signal);
      else if (chunk.byteLength > 0) yield chunk;
    }
  } finally {
    // Not awaited: a source that stalls may stall here, too, and nothing is expected from it any more.
    if (!ended) reader.cancel(limits.signal?.reason).catch(() => undefined);
  }
}

/** Waits for the first chunk, and gives that with all that follow. */
export async function awaitFirst(chunks: ByteChunks): Promise<AsyncGenerator<Uint8Array, void, undefined>> {
  const first = await chunks.next();
  return (async function* () {
    if (first.done === true) return;
    yield first.value;
    yield* chunks;
  })();
}

async function readChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limits: ReadLimits,
  { bytes, copier }: { readonly bytes: number; readonly copier: ChunkCopier },
): Promise<Uint8Array | undefined> {
  const { name, clock, closing, signal, idleTimeoutMs: timeoutMs } = limits;
  const expired = (): CatalogError =>
    unavailable(limits, { bytes, what: `the source gave nothing for ${timeoutMs} ms after ${bytes} bytes` });
  // Copied in the first step after it came: the source is asked for more at the same moment.
  const copied = reader.read().then((result) => ({ done: result.done, value: copier.copy(result.value) }));
  const pending = whileOpen(failingClearly(copied, limits, bytes), { name, clock, closing });
  const { done, value } = await withinTime(pending, { clock, timeoutMs, signal }, expired);
  if (done) return undefined;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`Cannot ingest ${quote(name)}: its stream gave ${typeof value}, expected a Uint8Array`);
}

async function failingClearly<Result>(pending: Promise<Result>, limits: ReadLimits, bytes: number): Promise<Result> {
  try {
    return await pending;
  } catch (cause) {
    limits.signal?.throwIfAborted();
    const what = cause instanceof Error ? cause.message : String(cause);
    throw unavailable(limits, { bytes, what: `the source failed after ${bytes} bytes: ${quote(what)}`, cause });
  }
}

function unavailable(limits: ReadLimits, fact: { bytes: number; what: string; cause?: unknown }): CatalogError {
  return new CatalogError("UNAVAILABLE", `Cannot ingest ${quote(limits.name)}: ${fact.what}`, {
    details: { what: "source" },
    cause: fact.cause,
    hint: "Nothing was stored; ask the source again.",
  });
}

import { quote } from "../../core/messages/quote.ts";
import { CatalogError } from "../../errors.ts";
import { withSlot } from "../concurrency/slots.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { type ContentExpectations, dropQuietly, stageContent } from "../placing/stage-content.ts";
import { timed } from "../telemetry/timed.ts";
import {
  type IngestMeta,
  type IngestRequest,
  type IngestResult,
  type PlaceContentOptions,
  parseIngest,
} from "./ingest-request.ts";
import {
  awaitFirst,
  type ByteChunks,
  type IngestSource,
  openSource,
  readBytes,
  type SourceBytes,
  sliceBytes,
} from "./source-bytes.ts";
import { storeContent } from "./store-content.ts";

/** Options of `ingest`. */
export interface IngestOptions extends PlaceContentOptions {
  /** The longest that the source may take for its next bytes, in milliseconds. @default forever */
  readonly idleTimeoutMs?: number | undefined;
}

/**
 * Stores bytes and registers them. On any error, and on an abort before they have their place, nothing stays: no row,
 * and no file but perhaps a whole one that no row names, which a collector removes.
 * Of many calls at once 64 work, and the others wait until they may: a source whose bytes depend on another ingest must
 * not begin before that has ended.
 * @throws {CatalogError} REFUSED, SIZE_MISMATCH, INTEGRITY or UNAVAILABLE when the source is not what it should be
 */
export async function ingest(
  context: PlacingContext,
  source: IngestSource,
  meta: IngestMeta,
  options: IngestOptions,
): Promise<IngestResult> {
  const request = parseIngest(context, meta, options);
  const { signal } = options;
  signal?.throwIfAborted();
  const about = { name: "content_catalog.ingest.duration", signal } as const;
  return timed(context, () => takeIn(context, source, { request, options }), about);
}

async function takeIn(
  context: PlacingContext,
  source: IngestSource,
  { request, options }: { readonly request: IngestRequest; readonly options: IngestOptions },
): Promise<IngestResult> {
  const { signal } = options;
  const opened = await openSource(source, request.document.artifactId);
  const incoming = openChunks(context, opened, { request, options });
  try {
    const expected = expectationsOf(request, opened);
    // A source may wait for another ingest before it gives anything; meanwhile it takes no slot from that.
    const chunks = opened.isAwaited ? await awaitFirst(incoming) : incoming;
    const store = async (): Promise<IngestResult> => {
      const content = await stageContent(context, chunks, expected);
      // What came out of a stream comes once.
      return storeContent(context, request, { content, declaredType: opened.contentType, isLast: true, signal });
    };
    return await withSlot(context.slots, store, { signal });
  } catch (error) {
    await dropQuietly(context, () => leaveSource(opened, incoming, error));
    throw error;
  }
}

function openChunks(
  { clock, closing }: PlacingContext,
  { body }: SourceBytes,
  { request, options }: { readonly request: IngestRequest; readonly options: IngestOptions },
): ByteChunks {
  const { signal, idleTimeoutMs } = options;
  if (body instanceof Uint8Array) return sliceBytes(body, signal);
  return readBytes(body, { name: request.document.artifactId, clock, closing, signal, idleTimeoutMs });
}

/** Nobody reads it any more. One that was begun cancels its stream, which is locked then. */
async function leaveSource({ body }: SourceBytes, incoming: ByteChunks, reason: unknown): Promise<void> {
  await incoming.return();
  if (body instanceof ReadableStream && !body.locked) await body.cancel(reason);
}

function expectationsOf(request: IngestRequest, { expectedBytes, refusesEmpty }: SourceBytes): ContentExpectations {
  const name = request.document.artifactId;
  const bytes = agreeOnSize(name, request.expectedBytes, expectedBytes);
  return { name, bytes, sha256: request.expectedSha256, refusesEmpty };
}

function agreeOnSize(name: string, asked: number | undefined, said: number | undefined): number | undefined {
  if (asked === undefined || said === undefined || asked === said) return asked ?? said;
  throw new CatalogError("SIZE_MISMATCH", `Cannot ingest ${quote(name)}: it has ${said} bytes, expected ${asked}`, {
    details: { expected: asked, actual: said },
    hint: "Nothing was stored; check which of the two is wrong.",
  });
}

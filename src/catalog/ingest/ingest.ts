import { quote } from "../../core/messages/quote.ts";
import { CatalogError } from "../../errors.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { dropQuietly, type StagedContent, stageContent } from "../placing/stage-content.ts";
import {
  type IngestMeta,
  type IngestRequest,
  type IngestResult,
  type PlaceContentOptions,
  parseIngest,
} from "./ingest-request.ts";
import { type IngestSource, openSource, readBytes, type SourceBytes, sliceBytes } from "./source-bytes.ts";
import { storeContent } from "./store-content.ts";

/** Options of `ingest`. */
export interface IngestOptions extends PlaceContentOptions {
  /** The longest that the source may take for its next bytes, in milliseconds. @default forever */
  readonly idleTimeoutMs?: number | undefined;
}

/**
 * Stores bytes and registers them. On any error, and on an abort before they have their place, nothing stays: no row,
 * and no file but perhaps a whole one that no row names, which a collector removes.
 * @throws {CatalogError} REFUSED, SIZE_MISMATCH, INTEGRITY or UNAVAILABLE when the source is not what it should be
 */
export async function ingest(
  context: PlacingContext,
  source: IngestSource,
  meta: IngestMeta,
  options: IngestOptions,
): Promise<IngestResult> {
  const request = parseIngest(context, meta, options);
  options.signal?.throwIfAborted();
  const opened = await openSource(source, meta.artifactId);
  const content = await stageSource(context, opened, { request, options });
  return storeContent(context, request, { content, declaredType: opened.contentType, signal: options.signal });
}

async function stageSource(
  context: PlacingContext,
  opened: SourceBytes,
  { request, options }: { readonly request: IngestRequest; readonly options: IngestOptions },
): Promise<StagedContent> {
  const name = request.document.artifactId;
  const { signal, idleTimeoutMs } = options;
  const { body, expectedBytes, refusesEmpty } = opened;
  try {
    const { clock, closing } = context;
    const limits = { name, clock, closing, signal, idleTimeoutMs };
    const chunks = body instanceof Uint8Array ? sliceBytes(body, signal) : readBytes(body, limits);
    const bytes = agreeOnSize(name, request.expectedBytes, expectedBytes);
    return await stageContent(context, chunks, { name, bytes, sha256: request.expectedSha256, refusesEmpty });
  } catch (error) {
    // Nobody reads it any more. One that was begun is cancelled already.
    if (body instanceof ReadableStream && !body.locked) await dropQuietly(context, () => body.cancel(error));
    throw error;
  }
}

function agreeOnSize(name: string, asked: number | undefined, said: number | undefined): number | undefined {
  if (asked === undefined || said === undefined || asked === said) return asked ?? said;
  throw new CatalogError("SIZE_MISMATCH", `Cannot ingest ${quote(name)}: it has ${said} bytes, expected ${asked}`, {
    details: { expected: asked, actual: said },
    hint: "Nothing was stored; check which of the two is wrong.",
  });
}

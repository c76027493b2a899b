import { type DocumentRecord, type ParsedRegistration, parseContentType } from "../../core/document.ts";
import { compareBytes } from "../../core/outcome.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { selectDocumentById, selectDocumentByKey } from "../find/find-statements.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { repointDocument, repointVariant } from "../placing/placing-statements.ts";
import { dropQuietly, type StagedContent } from "../placing/stage-content.ts";
import { documentFromRow, variantFromRow } from "../records/rows.ts";
import { registerItems, toRegisterResult } from "../register/register.ts";
import { rewriteOlderKeys } from "../register/rewrite-older-keys.ts";
import { sourceFacts } from "../sources/source-rows.ts";
import { selectVariantById } from "../variants/variants-statements.ts";
import { type FoundContent, findOrPlace, type PlacementResult } from "./find-or-place.ts";
import type { IngestRequest, IngestResult } from "./ingest-request.ts";
import { type SniffedContent, sniffContent } from "./sniff-content.ts";

/** What {@link storeContent} is given beside the request. */
export interface StoreContentOptions {
  /** The bytes, which wait for their place. */
  readonly content: StagedContent;
  /** The content type that the source names. */
  readonly declaredType: string | null;
  /** The bytes are gone afterwards from where they came, so that a hit has to be proven by reading it. */
  readonly isLast: boolean;
  /** Looked at before the bytes get their place; after that nothing stops it. */
  readonly signal: AbortSignal | undefined;
}

/** Gives staged bytes their place and registers them; whatever happens, they are not staged afterwards. */
export async function storeContent(
  context: PlacingContext,
  request: IngestRequest,
  options: StoreContentOptions,
): Promise<IngestResult> {
  const { content } = options;
  try {
    return await placeAndRegister(context, request, options);
  } finally {
    await dropQuietly(context, () => content.staging.drop());
  }
}

async function placeAndRegister(
  context: PlacingContext,
  request: IngestRequest,
  options: StoreContentOptions,
): Promise<IngestResult> {
  const { isLast, signal } = options;
  const { basename, onChange } = request;
  const { document, sniffed } = await describeContent(context, request, options);
  const { sql, clock, logger } = context;
  if (sql !== undefined) await rewriteOlderKeys({ sql, clock, logger }, [request.given]);
  const existing = await findExisting(context, document);
  const row = existing && ({ table: "documents", record: existing } as const);
  const lying = request.file?.names;
  const about = { content: options.content, document, basename, sniffed, row, onChange, isLast, lying, signal };
  const placed = await findOrPlace(context, about);
  const { found, content } = placed;
  if (found === undefined) return keepOthers(placed);
  try {
    const registered = await register(context, request, { ...placed, found });
    // The row got its hash when it was compared.
    const isCompleted = registered.outcome === "found" && existing?.sha256 === null && content.sha256 !== null;
    const result: IngestResult = isCompleted ? { ...registered, outcome: "completed" } : registered;
    if (result.deduplicated) {
      context.telemetry.count("contentdownload_dedup_hits_total", { resolver: document.resolver });
    }
    return result;
  } finally {
    // When registering failed, new bytes stay where they are, without a row: another ingest may have found them there
    // by now and be about to name them in its own. Only a collector, which sees all rows and holds, can tell.
    if (content.sha256 !== null && context.state.inFlight.get(content.sha256) === found.key) {
      context.state.inFlight.delete(content.sha256);
    }
    await found.hold?.release();
  }
}

/** The answer to bytes that are not stored, as the row keeps the ones that it has. */
function keepOthers({ row, content }: PlacementResult): IngestResult {
  if (row?.table !== "documents") throw new TypeError("Cannot keep the bytes of a row: there is none");
  const { record } = row;
  return {
    record,
    outcome: "kept",
    contentChanged: true,
    ...(compareBytes(record, content) === "unknown" && { unverified: true }),
    offered: { sha256: content.sha256, bytes: content.bytes },
    placement: "none",
    deduplicated: false,
  };
}

/** What will be registered, but for the place; and what the first bytes tell, if anybody has to know. */
export async function describeContent(
  { settings }: PlacingContext,
  request: Pick<IngestRequest, "document">,
  { content, declaredType }: Pick<StoreContentOptions, "content" | "declaredType">,
): Promise<{ document: ParsedRegistration; sniffed: SniffedContent | undefined }> {
  const given = request.document.contentType ?? parseContentType(declaredType);
  const asksExtension = settings.pathTemplate.segments
    .flat()
    .some((part) => "placeholder" in part && part.placeholder === "ext");
  const sniffed = given === null || asksExtension ? await sniffContent(content.head) : undefined;
  const { sha256, bytes } = content;
  return {
    document: { ...request.document, contentType: given ?? sniffed?.contentType ?? null, sha256, bytes },
    sniffed,
  };
}

async function findExisting(
  { sql }: PlacingContext,
  document: ParsedRegistration,
): Promise<DocumentRecord | undefined> {
  const [row] = (await sql?.query(selectDocumentByKey(document))) ?? [];
  return row && documentFromRow(row);
}

async function register(
  context: PlacingContext,
  request: IngestRequest,
  { document, found, lost }: PlacementResult & { readonly found: FoundContent },
): Promise<IngestResult> {
  const { placement } = found;
  const deduplicated = placement !== "stored";
  const { sql } = context;
  const now = formatTimestamp(context.clock.now());
  if (sql === undefined) {
    const record = Object.freeze({ id: 0, ...document, updatedAt: now });
    return { record, outcome: "placed", contentChanged: false, deduplicated, placement };
  }
  const { file } = request;
  const facts = file && sourceFacts(file, { ...document, key: document, variant: null, now });
  const items = [{ registration: document, variants: [], facts }];
  const settings = { onChange: request.onChange, proof: "hash", durable: true, now, records: true } as const;
  const [item] = await registerItems({ ...context, sql }, items, settings);
  if (item === undefined) throw new TypeError("Cannot answer an ingest: its registration gave nothing");
  const result = { ...toRegisterResult(item), deduplicated, placement };
  return lost === undefined ? result : repoint(sql, result, { from: lost, to: document.storageUri, now });
}

/** Points a row to where its bytes are now, as they were gone or damaged where it says. */
async function repoint(
  sql: SqlEngine,
  result: IngestResult,
  move: Parameters<typeof repointDocument>[1],
): Promise<IngestResult> {
  const { record, variant } = result;
  if ((variant ?? record).storageUri !== move.from) return result;
  if (variant !== undefined) {
    const [, selected] = await sql.batch([repointVariant(variant.id, move), selectVariantById(variant.id)]);
    const row = selected?.rows[0];
    return row === undefined ? result : { ...result, variant: variantFromRow(row) };
  }
  const [, selected] = await sql.batch([repointDocument(record.id, move), selectDocumentById(record.id)]);
  const row = selected?.rows[0];
  return row === undefined ? result : { ...result, record: documentFromRow(row) };
}

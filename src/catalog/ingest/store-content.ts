import { type DocumentRecord, type ParsedRegistration, parseContentType } from "../../core/document.ts";
import { hasOtherBytes } from "../../core/outcome.ts";
import { findPathOfUri, type StorageUri } from "../../core/storage-uri.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { selectDocumentById, selectDocumentByKey } from "../find/find-statements.ts";
import { findBlob } from "../placing/find-blob.ts";
import { findDamage } from "../placing/find-damage.ts";
import { type PlacedContent, placeContent } from "../placing/place-content.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { repointDocument } from "../placing/placing-statements.ts";
import { dropQuietly, type StagedContent } from "../placing/stage-content.ts";
import { documentFromRow } from "../records/rows.ts";
import { registerItems, toRegisterResult } from "../register/register.ts";
import type { IngestRequest, IngestResult } from "./ingest-request.ts";
import { ensureRootMarker } from "./root-marker.ts";
import { type SniffedContent, sniffContent } from "./sniff-content.ts";

/** What {@link storeContent} is given beside the request. */
export interface StoreContentOptions {
  /** The bytes, which wait for their place. */
  readonly content: StagedContent;
  /** The content type that the source names. */
  readonly declaredType: string | null;
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
  const { content, signal } = options;
  const { document, sniffed } = await describeContent(context, request, options);
  const existing = await findExisting(context, document);
  const isOther = existing !== undefined && hasOtherBytes(existing, document);
  if (existing !== undefined && isOther && request.onChange === "keep") {
    const offered = { sha256: content.sha256, bytes: content.bytes };
    const kept = { outcome: "kept", contentChanged: true, placement: "none", deduplicated: false } as const;
    return { record: existing, offered, ...kept };
  }
  const same = existing !== undefined && !isOther ? existing : undefined;
  const reused = same && (await findIntact(context, same, content));
  const lost = same && reused === undefined ? same.storageUri : undefined;
  signal?.throwIfAborted();
  // From here on the signal is not looked at any more: bytes that have their place should get their row.
  const placed = reused ?? (await placeAnew(context, { request, document, content, sniffed }));
  try {
    const registration = { ...document, storageUri: placed.uri };
    const result = await register(context, request, { document: registration, placed, lost });
    if (result.deduplicated) {
      context.telemetry.count("contentdownload_dedup_hits_total", { resolver: document.resolver });
    }
    return result;
  } finally {
    // When registering failed, new bytes stay where they are, without a row: another ingest may have found them there
    // by now and be about to name them in its own. Only a collector, which sees all rows and holds, can tell.
    if (content.sha256 !== null && context.state.inFlight.get(content.sha256) === placed.key) {
      context.state.inFlight.delete(content.sha256);
    }
    await placed.hold?.release();
  }
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

/** Where bytes were before, or now are. */
export type FoundContent = Omit<PlacedContent, "hold"> & { readonly hold?: PlacedContent["hold"] };

/** The blob of a row that has these bytes already, if it is there and as it should be. */
export async function findIntact(
  context: PlacingContext,
  record: Pick<DocumentRecord, "storageUri">,
  content: Pick<StagedContent, "bytes" | "sha256">,
): Promise<FoundContent | undefined> {
  const { store, fs, settings } = context;
  const uri = record.storageUri;
  const key = store.findKey(uri);
  const found = { uri, placement: "dedup", key } as const;
  if (key === undefined) {
    // Registered where it lies; only its owner can say more about it than its size.
    const path = findPathOfUri(uri);
    const stat = path === undefined ? undefined : await fs.stat(path);
    return stat?.kind === "file" && stat.sizeBytes === content.bytes ? found : undefined;
  }
  const stat = await findBlob(context, key);
  if (stat === undefined) return undefined;
  const look = { key, found: stat, content, thorough: settings.verifyOnRegister };
  if ((await findDamage(context, look)) !== undefined) return undefined;
  await store.syncName(key);
  return found;
}

/** Gives bytes a place that no row names yet. */
export async function placeAnew(
  context: PlacingContext,
  facts: {
    request: Pick<IngestRequest, "basename">;
    document: ParsedRegistration;
    content: StagedContent;
    sniffed: SniffedContent | undefined;
  },
): Promise<PlacedContent> {
  const { request, document, content, sniffed } = facts;
  await ensureRootMarker(context);
  const { basename } = request;
  return placeContent(context, { content, document, basename, sniffedExtension: sniffed?.extension });
}

async function register(
  context: PlacingContext,
  request: IngestRequest,
  { document, placed, lost }: { document: ParsedRegistration; placed: FoundContent; lost: StorageUri | undefined },
): Promise<IngestResult> {
  const { placement } = placed;
  const deduplicated = placement !== "stored";
  const { sql } = context;
  const now = formatTimestamp(context.clock.now());
  if (sql === undefined) {
    const record = Object.freeze({ id: 0, ...document, updatedAt: now });
    return { record, outcome: "placed", contentChanged: false, deduplicated, placement };
  }
  const items = [{ registration: document, variants: [] }];
  const settings = { onChange: request.onChange, durable: true, now, records: true };
  const [item] = await registerItems({ ...context, sql }, items, settings);
  if (item === undefined) throw new TypeError("Cannot answer an ingest: its registration gave nothing");
  const result = toRegisterResult(item);
  if (lost === undefined || result.record.storageUri !== lost) return { ...result, deduplicated, placement };
  const record = await repoint(sql, result.record, { from: lost, to: document.storageUri, now });
  return { ...result, record, deduplicated, placement };
}

/** Points a row to where its bytes are now, as they were gone or damaged where it says. */
async function repoint(
  sql: SqlEngine,
  record: DocumentRecord,
  move: Parameters<typeof repointDocument>[1],
): Promise<DocumentRecord> {
  const [, selected] = await sql.batch([repointDocument(record.id, move), selectDocumentById(record.id)]);
  const row = selected?.rows[0];
  return row === undefined ? record : documentFromRow(row);
}

import { type DocumentRecord, type ParsedRegistration, parseContentType } from "../../core/document.ts";
import { compareBytes } from "../../core/outcome.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import { selectDocumentByKey } from "../find/find-statements.ts";
import { untilRegistered } from "../leases/until-registered.ts";
import type { Placement } from "../placing/place-content.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { dropQuietly, type StagedContent } from "../placing/stage-content.ts";
import { documentFromRow } from "../records/rows.ts";
import { toRegisterResult } from "../register/register.ts";
import { registerLeased } from "../register/register-leased.ts";
import { rewriteOlderKeys } from "../register/rewrite-older-keys.ts";
import { sourceFacts } from "../sources/source-rows.ts";
import { countHit, countIngested } from "../telemetry/count-ingested.ts";
import { findEndingTombstones, withRemoval } from "../tombstones/find-tombstones.ts";
import { removedMeanwhile } from "../tombstones/take-back.ts";
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
  const { sql, clock, logger } = context;
  const described = await describeContent(context, request, options);
  if (sql !== undefined) await rewriteOlderKeys({ sql, clock, logger }, [request.given]);
  const { artifactId, resolver } = described.document;
  let first: Placement | undefined;
  const result = await untilRegistered(artifactId, async () => {
    const attempt = await tryToRegister(context, request, { ...options, ...described });
    first ??= attempt.placement;
    return attempt.result;
  });
  const placement = first === "none" ? result.placement : (first ?? result.placement);
  const answer = { ...result, placement, deduplicated: placement !== "stored" && placement !== "none" };
  countHit(context, { resolver, placement });
  if (sql !== undefined && answer.outcome !== "kept") {
    countIngested(context, { resolver, placement, bytes: options.content.bytes });
  }
  return answer;
}

/** Takes a lease and registers by it; `result` is `undefined` when the lease was gone by then. */
async function tryToRegister(
  context: PlacingContext,
  request: IngestRequest,
  options: StoreContentOptions & Awaited<ReturnType<typeof describeContent>>,
): Promise<{ readonly result: IngestResult | undefined; readonly placement: Placement }> {
  const { basename, onChange } = request;
  const existing = await findExisting(context, options.document);
  const row = existing && ({ table: "documents", record: existing } as const);
  const lying = request.file?.names;
  const placed = await findOrPlace(context, { ...options, basename, row, onChange, lying });
  const { found, content } = placed;
  if (found === undefined) return { result: keepOthers(placed), placement: "none" };
  const { placement } = found;
  try {
    const registered = await register(context, request, { ...placed, found });
    // The row got its hash when it was compared.
    const isCompleted = registered?.outcome === "found" && existing?.sha256 === null && content.sha256 !== null;
    return { result: isCompleted ? { ...registered, outcome: "completed" } : registered, placement };
  } finally {
    // When registering failed, new bytes stay where they are, without a row: another ingest may have found them there
    // by now and be about to name them in its own. Only a collector, which sees all rows and leases, can tell.
    if (content.sha256 !== null && context.state.inFlight.get(content.sha256) === found.key) {
      context.state.inFlight.delete(content.sha256);
    }
    await found.lease?.release();
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
): Promise<IngestResult | undefined> {
  const { placement, lease } = found;
  const deduplicated = placement !== "stored";
  const { sql } = context;
  const now = formatTimestamp(context.clock.now());
  if (sql === undefined) {
    const record = Object.freeze({ id: 0, ...document, updatedAt: now });
    return { record, outcome: "placed", contentChanged: false, deduplicated, placement };
  }
  const { file } = request;
  const about = { ...document, key: document, variant: null, lease: lease?.id, now };
  const { notRemovedAfter: removedAfter } = request;
  const isSwept = removedAfter !== undefined;
  const ending = isSwept ? undefined : await findEndingTombstones(sql, document, file?.path);
  const facts = [...(file ? sourceFacts(file, about) : []), ...(ending?.statements ?? [])];
  const items = [{ registration: document, variants: [], facts, place: { lease, lost } }];
  const settings = { onChange: request.onChange, proof: "hash", durable: true, now, records: true } as const;
  const [item] = await registerLeased({ ...context, sql }, items, { ...settings, removedAfter });
  if (item?.removedMeanwhile) throw removedMeanwhile(document);
  return item && { ...withRemoval(toRegisterResult(item), ending?.removedBefore), deduplicated, placement };
}

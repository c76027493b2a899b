import { isTimestamp, type Timestamp } from "../../core/timestamp.ts";
import type { SqlRow, SqlValue } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { selectDocumentById } from "../find/find-statements.ts";
import { MAX_TEXT_LENGTH } from "../records/columns.ts";
import { describeValue } from "../records/damaged-row.ts";
import { documentFromRow } from "../records/rows.ts";
import { STATS_STATEMENTS, type StatsStatement, selectDocumentCreatedAt } from "./stats-statements.ts";

/** Figures for one resolver, content type, and so on. */
export interface StatsGroup {
  /** `null`: the documents that have none. What no name can be, as another tool wrote it, is described. */
  readonly name: string | null;
  /** How many there are. */
  readonly documents: number;
  /** Sum of their sizes, in bytes, also of those with the same content. */
  readonly bytes: number;
}

/** Figures about the whole catalog. Sizes in bytes; a sum beyond 2^53 is rounded to a number that JavaScript has. */
export interface CatalogStats {
  /** Rows of documents. */
  readonly documents: number;
  /** Rows of other renderings; none of the sizes here counts them. */
  readonly variants: number;
  /** Different artifact ids among the documents. */
  readonly artifacts: number;
  /** Sum over documents. */
  readonly bytes: number;
  /** Sum over different contents; documents without a hash count one by one. */
  readonly distinctBytes: number;
  /** Different hashes among the documents. */
  readonly distinctHashes: number;
  /** Documents without a hash on record. */
  readonly unhashed: number;
  /** Hashes that more than one document has. */
  readonly duplicateGroups: number;
  /** Documents in the largest group with one hash; 0 when nothing is hashed. */
  readonly largestGroup: number;
  /** Rows that were removed or replaced, over all time. */
  readonly removals: number;
  /** Things that are pinned. */
  readonly pins: number;
  /** Contents that were removed on purpose, and stay so until somebody wants them again; see `listTombstones`. */
  readonly tombstones: number;
  /** Blobs that rows name, each once, wherever they are. */
  readonly blobs: number;
  /** Those of them that were verified at least once, with whatever result. */
  readonly verifiedBlobs: number;
  /** Those whose bytes were found to be what is on record when they were last verified. */
  readonly intactBlobs: number;
  /** Those that were found bad and not good again since. */
  readonly badBlobs: number;
  /** When the blob was verified that was verified longest ago; `null` when none was. */
  readonly oldestCheck: Timestamp | null;
  /** The earliest `createdAt`; `null` when there is no document. */
  readonly oldest: Timestamp | null;
  /** The latest `createdAt`; `null` when there is no document. */
  readonly newest: Timestamp | null;
  /** Most documents first. */
  readonly byResolver: readonly StatsGroup[];
  /** Most documents first; `null` is for those of no known type. */
  readonly byContentType: readonly StatsGroup[];
  /** Which SQL engine it is, for people, like `sql.js 3.49.1`. */
  readonly engine: string;
  /** What computes SHA-256, for people, like `wasm, native for large files`. */
  readonly hasher: string;
  /** Whether files are verified in threads of their own, or, where none can be started, in the one that asks. */
  readonly digests: "workers" | "in_thread";
  /** Version of the catalog's schema; see `schema/README.md`. */
  readonly schemaVersion: number;
  /** Size of the database, as far as the engine can tell. */
  readonly catalogBytes: number;
}

/**
 * Figures about the whole catalog.
 * @throws {CatalogError} CORRUPT when the size of a document is none, or what looks like the oldest or newest time
 */
export async function stats(context: CatalogContext, options: CallOptions): Promise<CatalogStats> {
  const read = (name: StatsStatement) => context.sql.query({ sql: STATS_STATEMENTS[name] }, options);
  const digests = beginToFindHowDigests(context, options);
  const [documents, artifacts, bytes, unhashed, oldest, newest, damaged] = await firstRow(read("documents"));
  if (typeof damaged === "number") await requireSize(context, damaged, options);
  const [distinctHashes, hashedBytes, duplicateGroups, largestGroup] = await firstRow(read("contents"));
  const counts = (["unhashedBytes", "variants", "removals"] as const).map((name) => firstRow(read(name)));
  const [unhashedBytes, variants, removals, pins, tombstones] = (await Promise.all(counts)).flat();
  const [blobs, never] = await firstRow(read("blobs"));
  const [intact, bad, oldestCheck] = await firstRow(read("verified"));
  const engine = await context.sql.describe();
  noteFigures(context, { documents, bytes, oldestCheck });
  return {
    documents: Number(documents),
    variants: Number(variants),
    artifacts: Number(artifacts),
    bytes: Number(bytes),
    distinctBytes: Number(hashedBytes) + Number(unhashedBytes),
    distinctHashes: Number(distinctHashes),
    unhashed: Number(unhashed),
    duplicateGroups: Number(duplicateGroups),
    largestGroup: Number(largestGroup),
    removals: Number(removals),
    pins: Number(pins),
    tombstones: Number(tombstones),
    blobs: Number(blobs),
    verifiedBlobs: Number(blobs) - Number(never),
    intactBlobs: Number(intact),
    badBlobs: Number(bad),
    oldestCheck: isTimestamp(oldestCheck) ? oldestCheck : null,
    oldest: await requireTime(context, oldest ?? null, options),
    newest: await requireTime(context, newest ?? null, options),
    byResolver: (await read("byResolver")).map(statsGroup),
    byContentType: (await read("byContentType")).map(statsGroup),
    ...{ engine: engine.name, schemaVersion: engine.schemaVersion, catalogBytes: engine.sizeBytes },
    ...{ hasher: describeHashers(context), digests: await digests },
  };
}

function noteFigures(
  { figures }: CatalogContext,
  { documents, bytes, oldestCheck }: Record<string, SqlValue | undefined>,
): void {
  figures?.set("content_catalog.documents", Number(documents));
  figures?.set("content_catalog.logical.size", Number(bytes));
  figures?.setOldestCheck(isTimestamp(oldestCheck) ? oldestCheck : null);
}

async function firstRow(rows: Promise<readonly SqlRow[]>): Promise<SqlRow> {
  return (await rows)[0] ?? [];
}

/** What only looks like a time would be a wrong answer: names the row that has it. */
async function requireTime(context: CatalogContext, time: SqlValue, options: CallOptions): Promise<Timestamp | null> {
  if (time === null || isTimestamp(time)) return time;
  const [row] = await context.sql.query(selectDocumentCreatedAt(time), options);
  if (row !== undefined) documentFromRow(row);
  return null;
}

/** Names the row whose size is none. */
async function requireSize(context: CatalogContext, id: number, options: CallOptions): Promise<void> {
  const [row] = await context.sql.query(selectDocumentById(id), options);
  if (row !== undefined) documentFromRow(row);
}

function statsGroup([name = null, documents, bytes]: SqlRow): StatsGroup {
  return { name: name === null ? null : groupName(name), documents: Number(documents), bytes: Number(bytes) };
}

function groupName(name: SqlValue): string {
  return typeof name === "string" && name.length <= MAX_TEXT_LENGTH ? name : describeValue(name);
}

function describeHashers({ hashers }: CatalogContext): string {
  return hashers.large ? `${hashers.core.name}, ${hashers.large.name} for large files` : hashers.core.name;
}

/** A thread starts while rows are counted; what fails is told where it is waited for. */
function beginToFindHowDigests(context: CatalogContext, { signal }: CallOptions): Promise<CatalogStats["digests"]> {
  signal?.throwIfAborted();
  const how = findHowDigests(context);
  how.catch(() => undefined);
  return how;
}

/** The catalogs that are known to start threads: what started one starts another. */
const withThreads = new WeakSet<CatalogContext>();

/** One thread is started for it, once: nothing else tells whether one can be. */
async function findHowDigests(context: CatalogContext): Promise<CatalogStats["digests"]> {
  if (withThreads.has(context)) return "workers";
  const pool = await context.openDigests?.(1);
  const how = pool?.how ?? "in_thread";
  await pool?.close();
  if (how === "workers") withThreads.add(context);
  return how;
}

import type { StorageUri } from "../../core/storage-uri.ts";
import { DAY_MS, formatTimestamp, isTimestamp, type Timestamp } from "../../core/timestamp.ts";
import type { SqlRow, SqlValue } from "../../ports/sql.ts";
import type { CatalogContext } from "../context.ts";
import { MAX_TEXT_LENGTH } from "../records/columns.ts";
import {
  badRange,
  countBad,
  countNeverVerified,
  type DuePosition,
  type DueRange,
  goodRange,
  inCycles,
  type QuickCycle,
  selectDueEntries,
  selectNeverVerified,
  selectNeverVerifiedRows,
  selectOldestCheck,
  selectQuickCycle,
  sizeRange,
} from "./due-statements.ts";
import { type BlobRows, collectBlobRows } from "./expectations.ts";
import { entryFromRow, type LedgerEntry } from "./ledger-entry.ts";

/** Which blobs are due. */
export interface DueOptions {
  /** When the run began: what was verified since is not due again. */
  readonly startedAt: Timestamp;
  /** Those verified within so many milliseconds before that are not due. @default all are */
  readonly maxAgeMs?: number | undefined;
  /** Those known to be bad are due whenever they were looked at last. */
  readonly recheck: boolean;
  /** Those known to be bad are due once a day, whatever `maxAgeMs` says; not with `recheck`. */
  readonly dailyForBad: boolean;
  /** Only sizes will be compared: that this was done is enough. @default false */
  readonly quick?: boolean | undefined;
  /**
   * How far runs have come before that compared sizes only, `null` for the first one: then blobs tell how far it is with them.
   * @default each run begins with what was verified longest ago
   */
  readonly cycle?: QuickCycle | null | undefined;
  /** What rows say is wanted of all of them, and given where it is found at little cost. @default false */
  readonly withRows?: boolean | undefined;
}

/** A blob that is due. */
export interface DueBlob {
  /** Its place, as rows have it. */
  readonly uri: StorageUri;
  /** What is remembered of it; `null`: it was never verified. */
  readonly entry: LedgerEntry | null;
  /** How far a run has come with it that compares sizes only. @default it is not to be noted */
  readonly cycle?: QuickCycle | undefined;
  /** What rows said of it at that moment; `undefined`: nobody looked. */
  readonly rows?: BlobRows | undefined;
}

/** What due blobs are read from. */
export type DueContext = Pick<CatalogContext, "sql">;

/** So many are read at a time. */
const PAGE = 256;

/** The earliest and the latest time that there are. */
const [FIRST_MS, LAST_MS] = [Date.parse("0000-01-01T00:00:00.000Z"), Date.parse("9999-12-31T23:59:59.999Z")];

/**
 * The blobs that are due, in pages of at most 256: those that were never verified, by URI; those known to be bad, longest
 * first; then those verified longest ago, but before them what a clock that was ahead says of tomorrow and later, and what
 * only a size is known of. With `quick` what such a look leaves as it is comes last, or in cycles. Each page is read when it is
 * asked for, so results may be recorded meanwhile, and none comes twice.
 */
export async function* listDue(
  { sql }: DueContext,
  options: DueOptions,
): AsyncGenerator<readonly DueBlob[], void, undefined> {
  yield* options.withRows === true ? listNeverVerifiedRows(sql) : listNeverVerified(sql);
  for (const range of rangesOf(options)) {
    let position: DuePosition = range.behind ?? ["", 0];
    for (let isFull = true; isFull; ) {
      const rows: readonly SqlRow[] = await sql.query(selectDueEntries(range, position, PAGE));
      isFull = rows.length === PAGE;
      const [time, id] = rows.at(-1)?.slice(-2) ?? position;
      position = [String(time), Number(id)];
      if (rows.length > 0) yield rows.map((row) => toDue(row, range));
    }
  }
}

function toDue(row: SqlRow, { since }: DueRange): DueBlob {
  const due = { uri: row[0] as StorageUri, entry: entryFromRow(row) ?? null };
  if (since === undefined) return due;
  const [time, id] = row.slice(-2);
  return { ...due, cycle: { since, position: [String(time), Number(id)] } };
}

async function* listNeverVerified(sql: DueContext["sql"]): AsyncGenerator<readonly DueBlob[], void, undefined> {
  let after: SqlValue = "";
  for (let isFull = true; isFull; ) {
    const rows: readonly SqlRow[] = await sql.query(selectNeverVerified(after, PAGE));
    isFull = rows.length === PAGE;
    after = rows.at(-1)?.[0] ?? after;
    const page = rows.map(([uri]) => uri).filter(isPlace);
    if (page.length > 0) yield page.map((uri) => ({ uri, entry: null }));
  }
}

async function* listNeverVerifiedRows(sql: DueContext["sql"]): AsyncGenerator<readonly DueBlob[], void, undefined> {
  let after: SqlValue = "";
  for (let isFull = true; isFull; ) {
    const found: readonly SqlRow[] = await sql.query(selectNeverVerifiedRows(after, PAGE));
    const rows = collectBlobRows(found);
    // What is no text counts once a row: then there may be one page more, and never one less.
    isFull = rows.size >= PAGE;
    after = found.at(-1)?.[0] ?? after;
    const page = [...rows.values()].filter(({ uri }) => isPlace(uri));
    if (page.length > 0) yield page.map((each) => ({ uri: each.uri, entry: null, rows: each }));
  }
}

/** How many blobs {@link listDue} would give. */
export async function countDue({ sql }: DueContext, options: DueOptions): Promise<{ readonly blobs: number }> {
  let blobs = 0;
  for (const statement of [
    countNeverVerified(),
    ...rangesOf({ ...options, cycle: undefined }).map(({ count }) => count),
  ]) {
    const [row] = await sql.query(statement);
    blobs += Number(row?.[0]);
  }
  return { blobs };
}

/** How many blobs are known to be bad and were not looked at since a time. */
export async function countKnownBad({ sql }: DueContext, before: Timestamp): Promise<number> {
  const [row] = await sql.query(countBad(before));
  return Number(row?.[0]);
}

/** When the blob was verified that was verified longest ago; `null`: none was. */
export async function findOldestCheck({ sql }: DueContext): Promise<Timestamp | null> {
  const [row] = await sql.query(selectOldestCheck());
  const time = row?.[0];
  return isTimestamp(time) ? time : null;
}

/** How far earlier runs have come; `null` where there were none. */
export async function findQuickCycle({ sql }: DueContext): Promise<QuickCycle | null> {
  const [[value] = []] = await sql.query(selectQuickCycle());
  const [, since, time, id] = /^(\S+) (\S+) (-?\d+)$/.exec(String(value)) ?? [];
  return isTimestamp(since) && isTimestamp(time) ? { since, position: [time, Number(id)] } : null;
}

/** What another tool wrote may be no place. */
function isPlace(uri: SqlValue | undefined): uri is StorageUri {
  return typeof uri === "string" && uri.length <= MAX_TEXT_LENGTH;
}

/** Those that have an entry, in the order in which they are due. */
function rangesOf(options: DueOptions): readonly DueRange[] {
  const { startedAt, maxAgeMs = 0, recheck, dailyForBad, quick = false } = options;
  const after = shift(startedAt, DAY_MS);
  const bad = { before: dailyForBad && !recheck ? shift(startedAt, -DAY_MS) : startedAt, after };
  const ahead = goodRange(">", { time: after, quick });
  const good = goodRange("<", { time: shift(startedAt, -maxAgeMs), quick });
  // What a look at sizes leaves as it is would be first in each run: it is last.
  if (quick) return [badRange(bad, "as_much"), ...cyclesOf(good, options), ahead, badRange(bad, "less")];
  return [badRange(bad), ahead, sizeRange({ before: startedAt, after }), good];
}

function cyclesOf(range: DueRange, { cycle, startedAt }: DueOptions): readonly DueRange[] {
  if (cycle === undefined) return [range];
  return cycle === null ? [{ ...range, since: startedAt }] : inCycles(range, cycle, startedAt);
}

function shift(time: Timestamp, byMs: number): Timestamp {
  return formatTimestamp(Math.min(LAST_MS, Math.max(FIRST_MS, Date.parse(time) + byMs)));
}

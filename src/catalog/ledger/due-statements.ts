import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement, SqlValue } from "../../ports/sql.ts";
import { selectMeta, setMeta } from "../meta/meta-statements.ts";
import { boundedText, statement } from "../records/columns.ts";
import { ENTRIES, ENTRY_COLUMNS } from "./ledger-statements.ts";

/** Some entries, in the order of one index. */
export interface DueRange {
  /** The column of the index; the id is the second one. */
  readonly column: "bad_since" | "checked_at";
  /** Which of them; what is compared with comes as parameters. */
  readonly condition: string;
  /** The parameters. */
  readonly values: readonly SqlValue[];
  /** How many there are. */
  readonly count: SqlStatement;
  /** Where they begin. @default with the first */
  readonly behind?: DuePosition | undefined;
  /** They are gone through in cycles: when the one began to which these belong. @default there are no cycles */
  readonly since?: Timestamp | undefined;
}

type Condition = Pick<DueRange, "condition" | "values">;

/** Where to go on in a range: behind what has this time and id. */
export type DuePosition = readonly [time: string, id: number];

/** The next entries of a range, in order; behind the columns of each stand its position. */
export function selectDueEntries(
  { column, condition, values }: DueRange,
  position: DuePosition,
  size: number,
): SqlStatement {
  return statement(
    `SELECT ${ENTRY_COLUMNS}, verifications.${column}, verifications.id FROM ${ENTRIES}
     WHERE ${condition} AND (verifications.${column}, verifications.id) > (?, ?)
     ORDER BY verifications.${column}, verifications.id LIMIT ?`,
    ...[...values, ...position, size],
  );
}

const IS_BAD = "verifications.bad_since IS NOT NULL";

/** Only a size was compared, and it was right. */
const IS_SIZE = "verifications.result = 'ok' AND verifications.strength = 'size'";

function countWhere(condition: string): string {
  return `SELECT COUNT(*) FROM verifications WHERE ${condition}`;
}

/** Times that count: those before one, and, where a clock was ahead, those behind another. */
export interface DueTimes {
  /** What was verified before is due. */
  readonly before: Timestamp;
  /** What was verified after that is due as well. */
  readonly after: Timestamp;
}

/** Bytes were compared, or could not be: a look at the size alone says less, and is not written down. */
const SAYS_MORE = "(verifications.strength IN ('full', 'provider') OR verifications.result = 'unreadable')";

/** What is known to be bad, longest first: all of it, or only that of which looks at sizes say as much, or less. */
export function badRange(
  { before, after }: DueTimes,
  sizesSay: "anything" | "as_much" | "less" = "anything",
): DueRange {
  const which = { anything: "", as_much: ` AND NOT ${SAYS_MORE}`, less: ` AND ${SAYS_MORE}` }[sizesSay];
  const condition = `${IS_BAD} AND (verifications.checked_at < ? OR verifications.checked_at > ?)${which}`;
  const values = [before, after];
  return { column: "bad_since", condition, values, count: statement(countWhere(condition), ...values) };
}

/** What only a size is known of, oldest first. */
export function sizeRange({ before, after }: DueTimes): DueRange {
  const condition = `${IS_SIZE} AND (verifications.checked_at < ? OR verifications.checked_at > ?)`;
  const values = [before, after];
  return { column: "checked_at", condition, values, count: statement(countWhere(condition), ...values) };
}

/** What is neither, oldest first; with `quick` also what only a size is known of. */
export function goodRange(
  comparison: "<" | ">",
  { time, quick }: { readonly time: Timestamp; readonly quick: boolean },
): DueRange {
  const at = `verifications.checked_at ${comparison} ?`;
  // Each of these reads an index and no rows, but for what is bad.
  const others = quick ? [IS_BAD] : [IS_BAD, IS_SIZE];
  const counts = [at, ...others.map((other) => `${other} AND ${at}`)].map((each) => `(${countWhere(each)})`);
  return {
    column: "checked_at",
    condition: `${at} AND NOT (${IS_BAD})${quick ? "" : ` AND NOT (${IS_SIZE})`}`,
    values: [time],
    count: statement(`SELECT ${counts.join(" - ")}`, ...counts.map(() => time)),
  };
}

/**
 * How far looks at sizes alone have come through blobs whose bytes were read before. Such a look says less than what is
 * remembered, so that it is not written down, and the blob stays where it is in the order of what is due: without this each
 * run that ends early would begin with the same blobs.
 */
export interface QuickCycle {
  /** What was verified before that belongs to this time around. */
  readonly since: Timestamp;
  /** The last blob that was looked at. */
  readonly position: DuePosition;
}

/** What is left of a cycle, and then what comes in the next one. */
export function inCycles(range: DueRange, { since, position }: QuickCycle, startedAt: Timestamp): readonly DueRange[] {
  const [checkedAt, place] = ["verifications.checked_at", "(verifications.checked_at, verifications.id)"];
  const rest = { condition: `${checkedAt} < ?`, values: [since] };
  const next = { condition: `(${checkedAt} >= ? OR ${place} <= (?, ?))`, values: [since, ...position] };
  return [
    { ...range, ...both(range, rest), since, behind: position },
    { ...range, ...both(range, next), since: startedAt },
  ];
}

function both(one: Condition, other: Condition): Condition {
  return { condition: `${one.condition} AND ${other.condition}`, values: [...one.values, ...other.values] };
}

/** In `meta`: a cycle. */
const QUICK_CYCLE = "quick_cycle";

/** How far earlier runs have come. */
export function selectQuickCycle(): SqlStatement {
  return selectMeta(QUICK_CYCLE);
}

/** Writes down how far a run has come. */
export function setQuickCycle({ since, position: [time, id] }: QuickCycle): SqlStatement {
  return setMeta(QUICK_CYCLE, `${since} ${time} ${id}`);
}

const NEVER_VERIFIED = `SELECT storage_uri FROM documents WHERE storage_uri > ?
  UNION SELECT storage_uri FROM variants WHERE storage_uri > ?
  EXCEPT SELECT uri FROM verifications WHERE uri > ?`;

/** The next names behind `after`, in order, that rows have and of which nothing is remembered. */
export function selectNeverVerified(after: SqlValue, size: number): SqlStatement {
  return statement(`${NEVER_VERIFIED} ORDER BY 1 LIMIT ?`, after, after, after, size);
}

/**
 * What the rows say of the same names: name, 0 for a document and 1 for a variant, id, hash, size; by name, documents first,
 * and id. Who reads them one by one pays for it several times.
 */
export function selectNeverVerifiedRows(after: SqlValue, size: number): SqlStatement {
  const [documents, variants] = (["documents", "variants"] as const).map((table, kind) => {
    const columns = `due.storage_uri, ${kind}, ${table}.id, ${boundedText(`${table}.sha256`)}, ${table}.bytes`;
    return `SELECT ${columns} FROM (${NEVER_VERIFIED} ORDER BY 1 LIMIT ?) AS due
      JOIN ${table} ON ${table}.storage_uri = due.storage_uri`;
  });
  const page = [after, after, after, size];
  return statement(`${documents} UNION ALL ${variants} ORDER BY 1, 2, 3`, ...page, ...page);
}

/** How many names rows have of which nothing is remembered. */
export function countNeverVerified(): SqlStatement {
  return statement(`SELECT COUNT(*) FROM (${NEVER_VERIFIED}) AS never_verified`, "", "", "");
}

/** How many blobs are known to be bad that were last looked at before a time. */
export function countBad(before: Timestamp): SqlStatement {
  return statement(countWhere(`${IS_BAD} AND verifications.checked_at < ?`), before);
}

/** When the blob was verified that was verified longest ago. */
export function selectOldestCheck(): SqlStatement {
  return statement("SELECT MIN(checked_at) FROM verifications");
}

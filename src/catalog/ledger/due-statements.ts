import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement, SqlValue } from "../../ports/sql.ts";
import { statement } from "../records/columns.ts";
import { ENTRIES, ENTRY_COLUMNS } from "./ledger-statements.ts";

/** Some entries, in the order of one index. */
export interface DueRange {
  /** The column of the index; the id is the second one. */
  readonly column: "bad_since" | "checked_at";
  /** Which of them; what is compared with comes as parameters. */
  readonly condition: string;
  /** The parameters. */
  readonly values: readonly SqlValue[];
}

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

/** How many entries a range has. */
export function countDueEntries({ condition, values }: DueRange): SqlStatement {
  return statement(`SELECT COUNT(*) FROM verifications WHERE ${condition}`, ...values);
}

const NEVER_VERIFIED = `SELECT storage_uri FROM documents WHERE storage_uri > ?
  UNION SELECT storage_uri FROM variants WHERE storage_uri > ?
  EXCEPT SELECT uri FROM verifications WHERE uri > ?`;

/** The next names behind `after`, in order, that rows have and of which nothing is remembered. */
export function selectNeverVerified(after: SqlValue, size: number): SqlStatement {
  return statement(`${NEVER_VERIFIED} ORDER BY 1 LIMIT ?`, after, after, after, size);
}

/** How many names rows have of which nothing is remembered. */
export function countNeverVerified(): SqlStatement {
  return statement(`SELECT COUNT(*) FROM (${NEVER_VERIFIED}) AS never_verified`, "", "", "");
}

/** How many blobs are known to be bad that were last looked at before a time. */
export function countBad(before: Timestamp): SqlStatement {
  return statement("SELECT COUNT(*) FROM verifications WHERE bad_since IS NOT NULL AND checked_at < ?", before);
}

/** When the blob was verified that was verified longest ago. */
export function selectOldestCheck(): SqlStatement {
  return statement("SELECT MIN(checked_at) FROM verifications");
}

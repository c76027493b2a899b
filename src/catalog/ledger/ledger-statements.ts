import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement, SqlValue } from "../../ports/sql.ts";
import type { Condition } from "../leases/lease-statements.ts";
import { boundedText, statement } from "../records/columns.ts";

/** What is selected for an `entryFromRow`, from `verifications` with the open incident beside. */
export const ENTRY_COLUMNS: string = [
  boundedText("verifications.uri"),
  "verifications.result",
  "verifications.strength",
  boundedText("verifications.sha256"),
  "verifications.bytes",
  "verifications.checked_at",
  "verifications.ok_at",
  "verifications.bad_since",
  "incidents.reason",
  "CASE WHEN incidents.quarantine IS NULL THEN 0 ELSE 1 END",
].join(", ");

/** The entries with their open incidents. */
export const ENTRIES =
  "verifications LEFT JOIN incidents ON incidents.uri = verifications.uri AND incidents.resolved_at IS NULL";

/** A list of parameters for IN. */
export function inList({ length }: readonly unknown[]): string {
  return `(${"?, ".repeat(length).slice(0, -2)})`;
}

/** What is remembered about some blobs, in no order. */
export function selectEntries(uris: readonly StorageUri[]): SqlStatement {
  return statement(`SELECT ${ENTRY_COLUMNS} FROM ${ENTRIES} WHERE verifications.uri IN ${inList(uris)}`, ...uris);
}

/** Gives a row if a blob is known to be bad. */
export function selectIsBad(uri: StorageUri): SqlStatement {
  return statement("SELECT 1 FROM verifications WHERE uri = ? AND bad_since IS NOT NULL", uri);
}

/**
 * No row names a blob of which there is something in a table of the ledger. That comes first: of most blobs there is
 * nothing, and while many rows are registered there may be no index of their places.
 */
export function whereUnnamed(remembered: "verifications" | "incidents", uri: StorageUri): Condition {
  const isOpen = remembered === "incidents" ? " AND resolved_at IS NULL" : "";
  return {
    sql: ` AND EXISTS (SELECT 1 FROM ${remembered} WHERE uri = ?${isOpen})
      AND NOT EXISTS (SELECT 1 FROM documents WHERE storage_uri = ?)
      AND NOT EXISTS (SELECT 1 FROM variants WHERE storage_uri = ?)`,
    values: [uri, uri, uri],
  };
}

/** Forgets what was verified of a blob of which a row had something else: to be put into the batch that changes the row. */
export function deleteVerification(uri: StorageUri): SqlStatement {
  return statement("DELETE FROM verifications WHERE uri = ?", uri);
}

/** Forgets the verification of one moment. */
export function deleteStale(uri: StorageUri, checkedAt: Timestamp): SqlStatement {
  return statement("DELETE FROM verifications WHERE uri = ? AND checked_at = ?", uri, checkedAt);
}

/** Forgets what was verified of a blob that no row names. */
export function deleteUnnamed(uri: StorageUri): SqlStatement {
  const unnamed = whereUnnamed("verifications", uri);
  return statement(`DELETE FROM verifications WHERE uri = ?${unnamed.sql}`, uri, ...unnamed.values);
}

/**
 * Takes along what was verified of a blob that has another place, behind the statement by which its last row names that.
 * What is bad at one place says nothing about another.
 */
export function moveVerification(from: StorageUri, to: StorageUri): SqlStatement {
  return renameVerification(from, to, " AND bad_since IS NULL");
}

/** The same for a place that only has another text. */
export function respellVerification(from: StorageUri, to: StorageUri): SqlStatement {
  return renameVerification(from, to, "");
}

function renameVerification(from: StorageUri, to: StorageUri, condition: string): SqlStatement {
  const unnamed = whereUnnamed("verifications", from);
  return statement(
    `UPDATE verifications SET uri = ? WHERE uri = ?${condition}${unnamed.sql}
       AND NOT EXISTS (SELECT 1 FROM verifications WHERE uri = ?)`,
    ...[to, from, ...unnamed.values, to],
  );
}

/** The names behind `after`, in order, of which something is remembered and which no row has. */
export function selectUnnamed(after: SqlValue, size: number): SqlStatement {
  return statement(
    `SELECT uri FROM verifications WHERE uri > ?
     EXCEPT SELECT storage_uri FROM documents WHERE storage_uri > ?
     EXCEPT SELECT storage_uri FROM variants WHERE storage_uri > ? ORDER BY 1 LIMIT ?`,
    ...[after, after, after, size],
  );
}

/** The same, of which an incident is open. */
export function selectUnnamedIncidents(after: SqlValue, size: number): SqlStatement {
  return statement(
    `SELECT uri FROM incidents WHERE resolved_at IS NULL AND uri > ?
     EXCEPT SELECT storage_uri FROM documents WHERE storage_uri > ?
     EXCEPT SELECT storage_uri FROM variants WHERE storage_uri > ? ORDER BY 1 LIMIT ?`,
    ...[after, after, after, size],
  );
}

/** One line of the ledger to be. */
export interface LedgerLine {
  /** As in the table. */
  readonly uri: StorageUri;
  /** As in the table. */
  readonly result: string;
  /** As in the table. */
  readonly strength: string;
  /** As in the table. */
  readonly sha256: string | null;
  /** As in the table. */
  readonly bytes: number | null;
  /** As in the table. */
  readonly checkedAt: Timestamp;
  /** When it is bad. */
  readonly badSince: Timestamp | null;
}

/**
 * What a new line may take the place of:
 * - `anything`: the hash was compared, or the blob is bad
 * - `weaker`: only the size was compared, which says less than that the bytes were read, or could not be
 * - `unchecked`: nobody could look
 */
export type Overwrites = "anything" | "weaker" | "unchecked";

const CONDITIONS: Readonly<Record<Overwrites, string>> = {
  anything: "",
  weaker: " AND verifications.strength NOT IN ('full', 'provider') AND verifications.result <> 'unreadable'",
  unchecked: " AND verifications.result = 'unchecked'",
};

/** How results are written down. */
export interface UpsertOptions {
  /** What they may take the place of. */
  readonly overwrites: Overwrites;
  /** A time behind this is none: a clock was ahead. */
  readonly tomorrow: Timestamp;
}

/**
 * Writes down how the verification of blobs went, each once; when they were last `ok`, and since when bad, is kept. What
 * was seen later stays: a process may have been stopped between its look and this.
 */
export function upsertVerifications(
  lines: readonly LedgerLine[],
  { overwrites, tomorrow }: UpsertOptions,
): SqlStatement {
  return statement(
    upsertOf(repeated("(?, ?, ?, ?, ?, ?, ?)", lines), CONDITIONS[overwrites]),
    ...lines.flatMap(({ uri, result, strength, sha256, bytes, checkedAt, badSince }) => [
      ...[uri, result, strength, sha256, bytes, checkedAt, badSince],
    ]),
    tomorrow,
  );
}

/** The same for blobs that are as they should be: mostly all are, and two values a blob take half the time of seven. */
export function upsertIntact(
  lines: readonly Pick<LedgerLine, "uri" | "checkedAt">[],
  { tomorrow }: Pick<UpsertOptions, "tomorrow">,
): SqlStatement {
  return statement(
    upsertOf(repeated("(?, 'ok', 'full', NULL, NULL, ?, NULL)", lines), CONDITIONS.anything),
    ...lines.flatMap(({ uri, checkedAt }) => [uri, checkedAt]),
    tomorrow,
  );
}

/** A row of parameters for each line. */
function repeated(row: string, { length }: readonly unknown[]): string {
  return `${row}, `.repeat(length).slice(0, -2);
}

function upsertOf(rows: string, condition: string): string {
  return `INSERT INTO verifications (uri, result, strength, sha256, bytes, checked_at, bad_since)
     VALUES ${rows}
     ON CONFLICT (uri) DO UPDATE SET result = excluded.result, strength = excluded.strength, sha256 = excluded.sha256,
       bytes = excluded.bytes, checked_at = excluded.checked_at,
       ok_at = CASE WHEN excluded.result = 'ok' THEN NULL WHEN verifications.result = 'ok' THEN verifications.checked_at
         ELSE verifications.ok_at END,
       bad_since = CASE WHEN excluded.bad_since IS NOT NULL AND verifications.bad_since IS NOT NULL
         THEN verifications.bad_since ELSE excluded.bad_since END
       WHERE (verifications.checked_at <= excluded.checked_at OR verifications.checked_at > ?)${condition}`;
}

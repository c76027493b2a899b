import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { IncidentResolution } from "../../core/verification/incident-resolution.ts";
import type { BlobContent } from "../../core/verification/verification.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { boundedText, statement } from "../records/columns.ts";
import { inList, whereUnnamed } from "./ledger-statements.ts";

/** What goes into the table when a blob is found bad. */
export interface IncidentLine {
  /** The place. */
  readonly uri: StorageUri;
  /** How it was found. */
  readonly result: string;
  /** Why. */
  readonly reason: string;
  /** What is on record. */
  readonly expected: BlobContent;
  /** What was found. */
  readonly actual: BlobContent;
  /** When. */
  readonly foundAt: Timestamp;
  /** Where the bytes were put aside, if they were. */
  readonly quarantine: StorageUri | null;
}

/** The result for a blob is the one that was written down last: one that came late gave way to another. */
const IS_LAST = "EXISTS (SELECT 1 FROM verifications WHERE uri = ? AND checked_at = ?)";

/**
 * Opens an incident, unless one is open about the blob: that one says from now on how the blob was found last, and what was
 * known of the bytes stays known. Belongs behind the statement that writes the result down, and does nothing where that
 * gave way to a later one.
 */
export function openIncident(line: IncidentLine): readonly SqlStatement[] {
  const { uri, result, reason, expected, actual, foundAt, quarantine } = line;
  return [
    statement(
      `UPDATE incidents SET result = ?, reason = ?, actual_sha256 = COALESCE(?, actual_sha256),
         actual_bytes = COALESCE(?, actual_bytes), quarantine = COALESCE(?, quarantine)
       WHERE uri = ? AND resolved_at IS NULL AND ${IS_LAST}`,
      ...[result, reason, actual.sha256, actual.bytes, quarantine, uri, uri, foundAt],
    ),
    statement(
      `INSERT INTO incidents (uri, result, reason, expected_sha256, expected_bytes, actual_sha256, actual_bytes, found_at,
         quarantine)
       SELECT ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE ${IS_LAST}
       ON CONFLICT (uri) WHERE resolved_at IS NULL DO NOTHING`,
      ...[uri, result, reason, expected.sha256, expected.bytes, actual.sha256, actual.bytes, foundAt, quarantine],
      ...[uri, foundAt],
    ),
  ];
}

/** How incidents end. */
export interface Resolved {
  /** When. */
  readonly now: Timestamp;
  /** How. */
  readonly resolution: IncidentResolution;
}

/** Ends the incidents of blobs that are good again. */
export function resolveIncidents(uris: readonly StorageUri[], { now, resolution }: Resolved): SqlStatement {
  return statement(
    `UPDATE incidents SET resolved_at = ?, resolution = ? WHERE resolved_at IS NULL AND uri IN ${inList(uris)}`,
    ...[now, resolution, ...uris],
  );
}

/** When blobs were looked at. */
export interface CheckedSpan {
  /** The earliest time. */
  readonly from: Timestamp;
  /** The latest one. */
  readonly to: Timestamp;
}

/**
 * Ends the incidents of blobs that were looked at within a span and are not known to be bad. Belongs behind the statements
 * that write results down: to name each blob once more would double what the log takes.
 */
export function resolveGood({ from, to }: CheckedSpan, { now, resolution }: Resolved): SqlStatement {
  return statement(
    `UPDATE incidents SET resolved_at = ?, resolution = ? WHERE resolved_at IS NULL AND uri IN (
       SELECT uri FROM verifications WHERE checked_at >= ? AND checked_at <= ? AND bad_since IS NULL
         AND NOT (result = 'unchecked' AND strength = 'none'))`,
    ...[now, resolution, from, to],
  );
}

/** Ends the incident of a blob that no row names any more. */
export function resolveUnnamed(uri: StorageUri, { now, resolution }: Resolved): SqlStatement {
  const unnamed = whereUnnamed("incidents", uri);
  return statement(
    `UPDATE incidents SET resolved_at = ?, resolution = ? WHERE resolved_at IS NULL AND uri = ?${unnamed.sql}`,
    ...[now, resolution, uri, ...unnamed.values],
  );
}

/** Gives the open incident of a place that only has another text that text, unless one is open there. */
export function respellIncident(from: StorageUri, to: StorageUri): SqlStatement {
  const unnamed = whereUnnamed("incidents", from);
  return statement(
    `UPDATE incidents SET uri = ? WHERE resolved_at IS NULL AND uri = ?${unnamed.sql}
       AND NOT EXISTS (SELECT 1 FROM incidents WHERE uri = ? AND resolved_at IS NULL)`,
    ...[to, from, ...unnamed.values, to],
  );
}

/** What is selected of each incident. */
export const INCIDENT_COLUMNS: string = [
  "id",
  boundedText("uri"),
  "result",
  boundedText("reason"),
  "expected_sha256",
  "expected_bytes",
  "actual_sha256",
  "actual_bytes",
  "found_at",
  boundedText("quarantine"),
  "resolved_at",
  "resolution",
].join(", ");

/** The next incidents behind `afterId`, by id. */
export function selectIncidents(afterId: number, { size, open }: { size: number; open: boolean }): SqlStatement {
  const condition = open ? " AND resolved_at IS NULL" : "";
  return statement(
    `SELECT ${INCIDENT_COLUMNS} FROM incidents WHERE id > ?${condition} ORDER BY id LIMIT ?`,
    ...[afterId, size],
  );
}

/** The incidents of some blobs, by id. */
export function selectIncidentsOf(uris: readonly StorageUri[]): SqlStatement {
  return statement(`SELECT ${INCIDENT_COLUMNS} FROM incidents WHERE uri IN ${inList(uris)} ORDER BY id`, ...uris);
}

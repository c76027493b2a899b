import type { CopyUnit } from "../../core/retention/copy-unit.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import type { Condition } from "../leases/lease-statements.ts";
import { BOUNDED_DOCUMENT_COLUMNS, statement } from "../records/columns.ts";

function marks(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}

/** Which of some places somebody has a lease on. */
export function selectLeased(uris: readonly string[]): SqlStatement {
  return statement(`SELECT DISTINCT uri FROM leases WHERE uri IN (${marks(uris)})`, ...uris);
}

/** Where the rows of a unit go on, by source and resolver. */
export interface UnitCursor {
  /** Of the last row that is known; "" before the first. */
  readonly sourceUrl: string;
  /** Likewise. */
  readonly resolver: string;
}

/** The rows of a unit. */
function inUnit({ artifactId, sourceUrl }: CopyUnit): Condition {
  return sourceUrl === undefined
    ? { sql: "artifact_id = ?", values: [artifactId] }
    : { sql: "artifact_id = ? AND source_url = ?", values: [artifactId, sourceUrl] };
}

/**
 * The next rows of a unit, by source and resolver, each with 1 behind it if its blob is known to be bad. The key has these
 * columns in this order, so nothing is sorted.
 */
export function selectUnit(unit: CopyUnit, after: UnitCursor, limit: number): SqlStatement {
  const of = inUnit(unit);
  return statement(
    `SELECT ${BOUNDED_DOCUMENT_COLUMNS},
       EXISTS (SELECT 1 FROM verifications WHERE uri = documents.storage_uri AND bad_since IS NOT NULL)
     FROM documents WHERE ${of.sql} AND (source_url, resolver) > (?, ?) ORDER BY source_url, resolver LIMIT ?`,
    ...of.values,
    after.sourceUrl,
    after.resolver,
    limit,
  );
}

/** What a row was when it was planned that it goes. */
export interface PlannedState {
  /** When it last changed. */
  readonly updatedAt: string;
  /** Of its bytes. */
  readonly sha256: string | null;
  /** Where they are. */
  readonly storageUri: string;
}

/** True while a row is what it was, and nobody has a lease on its place. */
export function whileAsPlanned({ updatedAt, sha256, storageUri }: PlannedState): Condition {
  return {
    sql: ` AND documents.updated_at = ? AND COALESCE(documents.sha256, '') = ? AND documents.storage_uri = ?
       AND NOT EXISTS (SELECT 1 FROM leases WHERE uri = ?)`,
    values: [updatedAt, sha256 ?? "", storageUri, storageUri],
  };
}

/** A row that stays, with the place that it names. */
export interface StayingRow {
  /** Of the row. */
  readonly id: number;
  /** Its place. */
  readonly storageUri: string;
}

/** True while a row of a unit names a place: then others of the unit that name it are not needed. */
export function whileNamed(unit: CopyUnit, { id, storageUri }: StayingRow): Condition {
  const of = inUnit(unit);
  return {
    sql: ` AND EXISTS (SELECT 1 FROM documents WHERE id = ? AND ${of.sql} AND storage_uri = ?)`,
    values: [id, ...of.values, storageUri],
  };
}

/**
 * True while rows of a unit name the places that they named, and none of these is known to be bad. Which rows can be
 * counted on is found out before; that they can still stands in the statement, or two that run at once could each count
 * on the row that the other one takes.
 */
export function whileCopiesStay(unit: CopyUnit, copies: readonly StayingRow[]): Condition {
  const of = inUnit(unit);
  const uris = copies.map(({ storageUri }) => storageUri);
  return {
    sql: ` AND EXISTS (SELECT 1 FROM documents WHERE id IN (${marks(copies)}) AND ${of.sql}
         AND storage_uri IN (${marks(uris)})
         GROUP BY artifact_id HAVING COUNT(DISTINCT storage_uri) >= CAST(? AS BIGINT))
       AND NOT EXISTS (SELECT 1 FROM verifications WHERE uri IN (${marks(uris)}) AND bad_since IS NOT NULL)`,
    values: [...copies.map(({ id }) => id), ...of.values, ...uris, uris.length, ...uris],
  };
}

import type { RemovalVerb } from "../../core/outcome.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { ANYWAY, type Condition } from "../leases/lease-statements.ts";
import { originColumn, type RootNames } from "../origins/origin-statements.ts";
import { notPinned } from "../pins/pins-statements.ts";
import { BOUNDED_DOCUMENT_COLUMNS, BOUNDED_VARIANT_COLUMNS, boundedText, statement } from "../records/columns.ts";

/** What must be true of a row of `documents` for it to go: asked in each statement of its removal. */
export type RemovalCondition = Condition;

/** A document that is to be removed. */
export interface RowToRemove {
  /** Of the row. */
  readonly id: number;
  /** What the row must still have; `undefined` for a damaged row, which goes whatever it has. */
  readonly updatedAt: Timestamp | undefined;
  /** The ids of its variants, in order: with one that came later it is another document. */
  readonly variants: readonly number[];
  /** What else must be true. @default nothing */
  readonly condition?: RemovalCondition | undefined;
}

/** What goes into the table of removals with a row. */
export interface RemovalFact extends RootNames {
  /** When it is removed. */
  readonly now: Timestamp;
  /** The operation that removes it: 32 hexadecimal characters. */
  readonly operationId: string;
  /** What removes it. */
  readonly verb: RemovalVerb;
  /** Why, as far as somebody said. */
  readonly reason: string | null;
  /** What `removals.record` says of the row. */
  readonly json: string;
}

/** What is said of the blob of a row: its URI, hash and size. Another tool can have written anything there. */
function blobColumns(table: "documents" | "variants"): string {
  const text = (column: string): string => boundedText(`${table}.${column}`);
  return `COALESCE(${text("storage_uri")}, ''), ${text("sha256")}, ${table}.bytes`;
}

/** What is said of a row beside that. */
function rowColumns(table: "documents" | "variants"): string {
  return `${boundedText(`${table}.content_type`)}, ${boundedText(`${table}.created_at`)}`;
}

/** True for the row of `documents` that is to go, if it is still as it was read; without AND in front. */
export function isStill({ id, updatedAt, variants, condition = ANYWAY }: RowToRemove): RemovalCondition {
  const same = updatedAt === undefined ? "documents.id = ?" : "documents.id = ? AND documents.updated_at = ?";
  const pins = notPinned(id);
  const later = [id, variants.at(-1) ?? 0];
  return {
    sql: `${same} AND NOT EXISTS (SELECT 1 FROM variants WHERE document_id = ? AND id > ?)${pins.sql}${condition.sql}`,
    values: [...(updatedAt === undefined ? [id] : [id, updatedAt]), ...later, ...pins.values, ...condition.values],
  };
}

function listOf(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}

/** The documents with some ids, whatever their rows hold. */
export function selectRowsToRemove(ids: readonly number[]): SqlStatement {
  return statement(`SELECT ${BOUNDED_DOCUMENT_COLUMNS} FROM documents WHERE id IN (${listOf(ids)})`, ...ids);
}

/** Records a document that is about to be removed. */
export function recordRemoval(row: RowToRemove, fact: RemovalFact): SqlStatement {
  const { now, operationId, verb, reason, json, casStart } = fact;
  const still = isStill(row);
  const origin = originColumn({ table: "documents", where: "documents.id = ?", values: [row.id], casStart });
  return statement(
    `INSERT INTO removals (uri, sha256, bytes, removed_at, verb, plan, reason, record, content_type, created_at, origin)
     SELECT ${blobColumns("documents")}, ?, ?, ?, ?, ?, ${rowColumns("documents")}, ${origin.sql}
     FROM documents WHERE ${still.sql}`,
    now,
    verb,
    operationId,
    reason,
    json,
    ...origin.values,
    ...still.values,
  );
}

/** Records one variant that is about to go with its document. */
export function recordVariantRemoval(
  row: RowToRemove,
  id: number,
  { now, operationId, verb, reason, json, casStart }: RemovalFact,
): SqlStatement {
  const still = isStill(row);
  const origin = originColumn({ table: "variants", where: "variants.id = ?", values: [id], casStart });
  return statement(
    `INSERT INTO removals
       (uri, sha256, bytes, removed_at, verb, plan, reason, record, variant, content_type, created_at, origin)
     SELECT ${blobColumns("variants")}, ?, ?, ?, ?, ?, ${boundedText("variants.variant")}, ${rowColumns("variants")},
       ${origin.sql}
     FROM variants JOIN documents ON documents.id = variants.document_id WHERE variants.id = ? AND ${still.sql}`,
    now,
    verb,
    operationId,
    reason,
    json,
    ...origin.values,
    id,
    ...still.values,
  );
}

/** Removes a document, and by cascade its variants, if it is still as it was read. */
export function deleteDocument(row: RowToRemove): SqlStatement {
  const still = isStill(row);
  return statement(`DELETE FROM documents WHERE ${still.sql}`, ...still.values);
}

/** The variants of some documents, by id, whatever their rows hold. */
export function selectVariantsToRemove(documentIds: readonly number[]): SqlStatement {
  return statement(
    `SELECT ${BOUNDED_VARIANT_COLUMNS} FROM variants WHERE document_id IN (${listOf(documentIds)}) ORDER BY id`,
    ...documentIds,
  );
}

/** The files that the bytes of some documents, and of their variants, came from: document, path, and name of the variant. */
export function selectSourcesToRemove(documentIds: readonly number[]): SqlStatement {
  return statement(
    `SELECT document_id, path, variant FROM sources WHERE document_id IN (${listOf(documentIds)}) ORDER BY path`,
    ...documentIds,
  );
}

/** The files that are registered where they lie: by which text, and their real paths. */
export function selectInPlaceToRemove(uris: readonly string[]): SqlStatement {
  return statement(`SELECT uri, path FROM in_place WHERE uri IN (${listOf(uris)})`, ...uris);
}

import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement, SqlValue } from "../../ports/sql.ts";
import { originColumn, type RootNames } from "../origins/origin-statements.ts";
import { BOUNDED_DOCUMENT_COLUMNS, boundedText, statement } from "../records/columns.ts";

/** A document that is to be removed. */
export interface RowToRemove {
  /** Of the row. */
  readonly id: number;
  /** What the row must still have; `undefined` for a damaged row, which goes whatever it has. */
  readonly updatedAt: Timestamp | undefined;
  /** The ids of its variants, in order: with one that came later it is another document. */
  readonly variants: readonly number[];
}

/** What goes into the table of removals with a row. */
export interface RemovalFact extends RootNames {
  /** When it is removed. */
  readonly now: Timestamp;
  /** The operation that removes it: 32 hexadecimal characters. */
  readonly operationId: string;
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

function isStill({ updatedAt }: RowToRemove): string {
  const same = updatedAt === undefined ? "documents.id = ?" : "documents.id = ? AND documents.updated_at = ?";
  return `${same} AND NOT EXISTS (SELECT 1 FROM variants WHERE document_id = ? AND id > ?)`;
}

function rowValues({ id, updatedAt, variants }: RowToRemove): SqlValue[] {
  const later = [id, variants.at(-1) ?? 0];
  return updatedAt === undefined ? [id, ...later] : [id, updatedAt, ...later];
}

/** The document with an id, whatever its row holds. */
export function selectRowToRemove(id: number): SqlStatement {
  return statement(`SELECT ${BOUNDED_DOCUMENT_COLUMNS} FROM documents WHERE id = ?`, id);
}

/** Records a document that is about to be removed. */
export function recordRemoval(row: RowToRemove, fact: RemovalFact): SqlStatement {
  const { now, operationId, reason, json, casStart } = fact;
  const origin = originColumn({ table: "documents", where: "documents.id = ?", values: [row.id], casStart });
  return statement(
    `INSERT INTO removals (uri, sha256, bytes, removed_at, verb, plan, reason, record, content_type, created_at, origin)
     SELECT ${blobColumns("documents")}, ?, 'remove', ?, ?, ?, ${rowColumns("documents")}, ${origin.sql}
     FROM documents WHERE ${isStill(row)}`,
    now,
    operationId,
    reason,
    json,
    ...origin.values,
    ...rowValues(row),
  );
}

/** Records one variant that is about to go with its document. */
export function recordVariantRemoval(
  row: RowToRemove,
  id: number,
  { now, operationId, reason, json, casStart }: RemovalFact,
): SqlStatement {
  const origin = originColumn({ table: "variants", where: "variants.id = ?", values: [id], casStart });
  return statement(
    `INSERT INTO removals
       (uri, sha256, bytes, removed_at, verb, plan, reason, record, variant, content_type, created_at, origin)
     SELECT ${blobColumns("variants")}, ?, 'remove', ?, ?, ?, ${boundedText("variants.variant")}, ${rowColumns("variants")},
       ${origin.sql}
     FROM variants JOIN documents ON documents.id = variants.document_id WHERE variants.id = ? AND ${isStill(row)}`,
    now,
    operationId,
    reason,
    json,
    ...origin.values,
    id,
    ...rowValues(row),
  );
}

/** Removes a document, and by cascade its variants, if it is still as it was read. */
export function deleteDocument(row: RowToRemove): SqlStatement {
  return statement(`DELETE FROM documents WHERE ${isStill(row)}`, ...rowValues(row));
}

/** The variants of a document, in order: their ids, what they name, and their names. */
export function selectVariantsToRemove(documentId: number): SqlStatement {
  return statement(
    `SELECT id, ${boundedText("storage_uri")}, ${boundedText("variant")} FROM variants WHERE document_id = ? ORDER BY id`,
    documentId,
  );
}

/** The files that the bytes of a document, and of its variants, came from: their paths, and the names of the variants. */
export function selectSourcesToRemove(documentId: number): SqlStatement {
  return statement("SELECT path, variant FROM sources WHERE document_id = ? ORDER BY path", documentId);
}

import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement, SqlValue } from "../../ports/sql.ts";
import { BOUNDED_DOCUMENT_COLUMNS, boundedText, statement } from "../records/columns.ts";

/** A document that is to be removed. */
export interface RowToRemove {
  /** Of the row. */
  readonly id: number;
  /** What the row must still have; `undefined` for a damaged row, which goes whatever it has. */
  readonly updatedAt: Timestamp | undefined;
}

/** What goes into the table of removals with a row. */
export interface RemovalFact {
  /** When it is removed. */
  readonly now: Timestamp;
  /** Why, as far as somebody said. */
  readonly reason: string | null;
  /** The document as JSON. */
  readonly json: string;
}

/** What is said of the blob of a row: its URI, hash and size. Another tool can have written anything there. */
function blobColumns(table: "documents" | "variants"): string {
  const text = (column: string): string => boundedText(`${table}.${column}`);
  return `COALESCE(${text("storage_uri")}, ''), ${text("sha256")}, ${table}.bytes`;
}

function isStill({ updatedAt }: RowToRemove): string {
  return updatedAt === undefined ? "documents.id = ?" : "documents.id = ? AND documents.updated_at = ?";
}

function rowValues({ id, updatedAt }: RowToRemove): SqlValue[] {
  return updatedAt === undefined ? [id] : [id, updatedAt];
}

/** The document with an id, whatever its row holds. */
export function selectRowToRemove(id: number): SqlStatement {
  return statement(`SELECT ${BOUNDED_DOCUMENT_COLUMNS} FROM documents WHERE id = ?`, id);
}

/** Records a document that is about to be removed. */
export function recordRemoval(row: RowToRemove, fact: RemovalFact): SqlStatement {
  return statement(
    `INSERT INTO removals (uri, sha256, bytes, removed_at, verb, reason, record)
     SELECT ${blobColumns("documents")}, ?, 'remove', ?, ? FROM documents WHERE ${isStill(row)}`,
    fact.now,
    fact.reason,
    fact.json,
    ...rowValues(row),
  );
}

/** Records the variants that are about to go with their document. */
export function recordVariantRemovals(row: RowToRemove, fact: RemovalFact): SqlStatement {
  return statement(
    `INSERT INTO removals (uri, sha256, bytes, removed_at, verb, reason, record)
     SELECT ${blobColumns("variants")}, ?, 'remove', ?, ?
     FROM variants JOIN documents ON documents.id = variants.document_id
     WHERE ${isStill(row)} ORDER BY variants.id`,
    fact.now,
    fact.reason,
    fact.json,
    ...rowValues(row),
  );
}

/** Removes a document, and by cascade its variants, if it is still as it was read. */
export function deleteDocument(row: RowToRemove): SqlStatement {
  return statement(`DELETE FROM documents WHERE ${isStill(row)}`, ...rowValues(row));
}

/** What a document and its variants name. */
export function selectUrisOfDocument(id: number): SqlStatement {
  const uri = boundedText("storage_uri");
  return statement(
    `SELECT ${uri} FROM documents WHERE id = ? UNION SELECT ${uri} FROM variants WHERE document_id = ?`,
    id,
    id,
  );
}

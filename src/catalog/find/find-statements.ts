import type { DocumentKey } from "../../core/document.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { DOCUMENT_COLUMNS, endOfPrefix, KEY, keyValues, statement, VARIANT_COLUMNS } from "../records/columns.ts";

/** The document with a key. */
export function selectDocumentByKey(key: DocumentKey): SqlStatement {
  return statement(`SELECT ${DOCUMENT_COLUMNS} FROM documents WHERE ${KEY}`, ...keyValues(key));
}

/** The documents with one of these keys, in no order. */
export function selectDocumentsByKeys(keys: readonly DocumentKey[]): SqlStatement {
  const values = keys.map(() => "(?, ?, ?)").join(", ");
  return statement(
    `SELECT ${DOCUMENT_COLUMNS} FROM documents WHERE (artifact_id, source_url, resolver) IN (VALUES ${values})`,
    ...keys.flatMap(keyValues),
  );
}

/** The document with an id. */
export function selectDocumentById(id: number): SqlStatement {
  return statement(`SELECT ${DOCUMENT_COLUMNS} FROM documents WHERE id = ?`, id);
}

/** The look-ups by one value: each has an index of its own. */
export const LOOKUP_COLUMNS = {
  artifactId: "artifact_id",
  sourceUrl: "source_url",
  runId: "run_id",
  sha256: "sha256",
} as const;

/** The documents with a value in an indexed column, or with another one that will do, by id. */
export function selectDocumentsBy(
  field: keyof typeof LOOKUP_COLUMNS,
  value: string,
  other: string = value,
): SqlStatement {
  const column = LOOKUP_COLUMNS[field];
  const select = `SELECT ${DOCUMENT_COLUMNS} FROM documents WHERE ${column}`;
  if (other === value) return statement(`${select} = ? ORDER BY id`, value);
  return statement(`${select} IN (?, ?) ORDER BY id`, value, other);
}

/** The documents or variants whose hash begins with a prefix, by hash and id. */
export function selectByHashPrefix(table: "documents" | "variants", prefix: string): SqlStatement {
  const columns = table === "documents" ? DOCUMENT_COLUMNS : VARIANT_COLUMNS;
  return statement(
    `SELECT ${columns} FROM ${table} WHERE sha256 >= ? AND sha256 < ? ORDER BY sha256, id`,
    prefix,
    endOfPrefix(prefix),
  );
}

/** The texts by which rows name a file, as far as they were noted. */
export function selectInPlaceTexts(path: string): SqlStatement {
  return statement("SELECT uri FROM in_place WHERE path = ?", path);
}

/** The documents or variants that name a place by one of these texts, by id. */
export function selectByPlace(table: "documents" | "variants", texts: readonly string[]): SqlStatement {
  const columns = table === "documents" ? DOCUMENT_COLUMNS : VARIANT_COLUMNS;
  const some = texts.map(() => "?").join(", ");
  return statement(`SELECT ${columns} FROM ${table} WHERE storage_uri IN (${some}) ORDER BY id`, ...texts);
}

/** The documents whose bytes, or a variant's, came from a file, by id. */
export function selectDocumentsFrom(path: string): SqlStatement {
  return statement(
    `SELECT ${DOCUMENT_COLUMNS} FROM documents WHERE id IN (SELECT document_id FROM sources WHERE path = ?) ORDER BY id`,
    path,
  );
}

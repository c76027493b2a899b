import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { boundedText, DOCUMENT_COLUMNS, statement } from "../records/columns.ts";

/** Where rows of a table with a hash and at least so many bytes go on, by hash and id. */
export interface HashedCursor {
  /** Of the last row that is known; "" before the first. */
  readonly sha256: string;
  /** Likewise; 0. */
  readonly id: number;
}

/** `sha256`, `id`, `bytes`, `storage_uri` and, with the bytes that this catalog put there, 1: the next rows by hash. */
export function selectHashed(
  table: "documents" | "variants",
  page: { readonly after: HashedCursor; readonly minBytes: number; readonly limit: number },
): SqlStatement {
  return statement(
    `SELECT sha256, id, bytes, ${boundedText("storage_uri")}, EXISTS (SELECT 1 FROM placed WHERE placed.uri = ${table}.storage_uri
       AND placed.sha256_start = substr(${table}.sha256, 1, 16))
     FROM ${table} WHERE (sha256, id) > (?, ?) AND bytes >= ? ORDER BY sha256, id LIMIT ?`,
    page.after.sha256,
    page.after.id,
    page.minBytes,
    page.limit,
  );
}

/** The next documents, by hash and id, whose hash another one has, too. */
export function selectDuplicates(page: {
  readonly after: HashedCursor;
  readonly minBytes: number;
  readonly limit: number;
}): SqlStatement {
  return statement(
    `SELECT ${DOCUMENT_COLUMNS} FROM documents WHERE (sha256, id) > (?, ?) AND bytes >= ?
       AND EXISTS (SELECT 1 FROM documents other WHERE other.sha256 = documents.sha256 AND other.id <> documents.id)
     ORDER BY sha256, id LIMIT ?`,
    page.after.sha256,
    page.after.id,
    page.minBytes,
    page.limit,
  );
}

/** The start of the hash that this catalog placed at a URI. */
export function selectPlacedHash(uri: StorageUri): SqlStatement {
  return statement("SELECT sha256_start FROM placed WHERE uri = ?", uri);
}

import type { DocumentRecord, VariantRecord } from "../../core/document.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { whileLeased } from "../leases/lease-statements.ts";
import { KEY, keyValues, statement } from "../records/columns.ts";
import type { Leased } from "../register/register-statements.ts";
import { REMOVAL_COLUMNS } from "../removals/removal-line.ts";

/** The lines of one removal of a document and its variants, in order: by its operation or, of before, by its time. */
export function selectRemovalOfDocument(
  id: number,
  { plan, removedAt }: { readonly plan: string | null; readonly removedAt: Timestamp },
): SqlStatement {
  const start = `{"id":${id},`;
  const [which, value] = plan === null ? ["plan IS NULL AND removed_at = ?", removedAt] : ["plan = ?", plan];
  return statement(
    `SELECT ${REMOVAL_COLUMNS} FROM removals WHERE ${which} AND verb IN ('remove', 'retention') AND substr(record, 1, ?) = ? ORDER BY id`,
    value,
    start.length,
    start,
  );
}

/** Inserts a document with the id that it had, unless its key is taken, or a row has the id. */
export function insertRestored(document: DocumentRecord, { lease }: Leased): SqlStatement {
  const leased = whileLeased(lease);
  return statement(
    `INSERT INTO documents (id, artifact_id, source_url, resolver, content_type, bytes, sha256, storage_uri, created_at,
       updated_at, run_id)
     SELECT CAST(? AS BIGINT), ?, ?, ?, ?, CAST(? AS BIGINT), ?, ?, ?, ?, ?
     WHERE NOT EXISTS (SELECT 1 FROM documents WHERE ${KEY}) AND NOT EXISTS (SELECT 1 FROM documents WHERE id = ?)${leased.sql}`,
    ...[document.id, document.artifactId, document.sourceUrl, document.resolver, document.contentType],
    ...[document.bytes, document.sha256, document.storageUri, document.createdAt, document.updatedAt, document.runId],
    ...keyValues(document),
    document.id,
    ...leased.values,
  );
}

/**
 * Inserts a variant unless its document is gone or has one of that name: with the id that it had, or with another one
 * where its `id` is 0.
 */
export function insertRestoredVariant(variant: VariantRecord, { lease }: Leased): SqlStatement {
  const leased = whileLeased(lease);
  const { id, documentId, storageUri, bytes, contentType, sha256, createdAt } = variant;
  const [column, value] = id > 0 ? ["id, ", "CAST(? AS BIGINT), "] : ["", ""];
  return statement(
    `INSERT INTO variants (${column}document_id, variant, storage_uri, bytes, content_type, sha256, created_at)
     SELECT ${value}CAST(? AS BIGINT), ?, ?, CAST(? AS BIGINT), ?, ?, ? WHERE EXISTS (SELECT 1 FROM documents WHERE id = ?)
       AND NOT EXISTS (SELECT 1 FROM variants WHERE document_id = ? AND variant = ?)${leased.sql}`,
    ...(id > 0 ? [id] : []),
    ...[documentId, variant.variant, storageUri, bytes, contentType, sha256, createdAt],
    ...[documentId, documentId, variant.variant],
    ...leased.values,
  );
}

/** Writes down again that the bytes of a document, or of its variant, came from a file, if that row is there with them. */
export function insertSourceAgain(path: string, row: DocumentRecord | VariantRecord): SqlStatement {
  const insert = `INSERT INTO sources (path, document_id, variant) SELECT ?, CAST(? AS BIGINT), CAST(? AS TEXT)`;
  const once = "ON CONFLICT (path, document_id) DO NOTHING";
  const { storageUri } = row;
  if (!("variant" in row)) {
    return statement(
      `${insert} WHERE EXISTS (SELECT 1 FROM documents WHERE id = ? AND storage_uri = ?) ${once}`,
      ...[path, row.id, null, row.id, storageUri],
    );
  }
  const { documentId, variant } = row;
  return statement(
    `${insert} WHERE EXISTS (SELECT 1 FROM variants WHERE document_id = ? AND variant = ? AND storage_uri = ?) ${once}`,
    ...[path, documentId, variant, documentId, variant, storageUri],
  );
}

/** Writes down again that a file is registered where it lies, if a row names it. */
export function insertInPlaceAgain(uri: string, path: string): SqlStatement {
  return statement(
    `INSERT INTO in_place (uri, path) SELECT ?, ? WHERE EXISTS (SELECT 1 FROM documents WHERE storage_uri = ?)
       OR EXISTS (SELECT 1 FROM variants WHERE storage_uri = ?)
     ON CONFLICT (uri) DO NOTHING`,
    ...[uri, path, uri, uri],
  );
}

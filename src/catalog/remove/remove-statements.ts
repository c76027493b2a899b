import type { DocumentRecord } from "../../core/document.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { statement } from "../records/columns.ts";

/** Records a document that is about to be removed. */
export function recordRemoval(
  record: DocumentRecord,
  fact: { now: Timestamp; reason: string | null; json: string },
): SqlStatement {
  return statement(
    `INSERT INTO removals (uri, sha256, bytes, removed_at, verb, reason, record)
     SELECT storage_uri, sha256, bytes, ?, 'remove', ?, ? FROM documents WHERE id = ? AND updated_at = ?`,
    fact.now,
    fact.reason,
    fact.json,
    record.id,
    record.updatedAt,
  );
}

/** Records the variants that are about to go with their document. */
export function recordVariantRemovals(
  record: DocumentRecord,
  fact: { now: Timestamp; reason: string | null; json: string },
): SqlStatement {
  return statement(
    `INSERT INTO removals (uri, sha256, bytes, removed_at, verb, reason, record)
     SELECT variants.storage_uri, variants.sha256, variants.bytes, ?, 'remove', ?, ?
     FROM variants JOIN documents ON documents.id = variants.document_id
     WHERE documents.id = ? AND documents.updated_at = ? ORDER BY variants.id`,
    fact.now,
    fact.reason,
    fact.json,
    record.id,
    record.updatedAt,
  );
}

/** Removes a document, and by cascade its variants, if it is still as it was read. */
export function deleteDocument(record: DocumentRecord): SqlStatement {
  return statement("DELETE FROM documents WHERE id = ? AND updated_at = ?", record.id, record.updatedAt);
}

import type { DocumentKey, ParsedVariant } from "../../core/document.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { whileLeased } from "../leases/lease-statements.ts";
import { KEY, keyValues, statement, VARIANT_COLUMNS, variantValues } from "../records/columns.ts";
import type { Leased } from "../register/register-statements.ts";

/** The variant of that name of the document with a key. */
export function selectVariantByKey(key: DocumentKey, variant: string): SqlStatement {
  return statement(
    `SELECT ${VARIANT_COLUMNS} FROM variants WHERE document_id = (SELECT id FROM documents WHERE ${KEY}) AND variant = ?`,
    ...keyValues(key),
    variant,
  );
}

/** The variant with an id. */
export function selectVariantById(id: number): SqlStatement {
  return statement(`SELECT ${VARIANT_COLUMNS} FROM variants WHERE id = ?`, id);
}

/** The variants of a document, by id. */
export function selectVariants(documentId: number): SqlStatement {
  return statement(`SELECT ${VARIANT_COLUMNS} FROM variants WHERE document_id = ? ORDER BY id`, documentId);
}

/** The variant of that name of the document with an id. */
export function selectVariantByName(documentId: number, variant: string): SqlStatement {
  return statement(
    `SELECT ${VARIANT_COLUMNS} FROM variants WHERE document_id = ? AND variant = ?`,
    documentId,
    variant,
  );
}

/** Inserts a variant of the document with this id unless the document is gone or has one of that name. */
export function insertVariantById(documentId: number, variant: ParsedVariant, { lease }: Leased = {}): SqlStatement {
  const leased = whileLeased(lease);
  return statement(
    `INSERT INTO variants (document_id, variant, storage_uri, bytes, content_type, sha256, created_at)
     SELECT id, ?, ?, CAST(? AS BIGINT), ?, ?, ? FROM documents WHERE id = ?${leased.sql}
     ON CONFLICT (document_id, variant) DO NOTHING`,
    ...variantValues(variant),
    documentId,
    ...leased.values,
  );
}

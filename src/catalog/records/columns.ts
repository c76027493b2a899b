import type { DocumentKey, ParsedVariant } from "../../core/document.ts";
import type { SqlStatement, SqlValue } from "../../ports/sql.ts";

/** The columns of `documents`, in the order in which `documentFromRow` reads them. */
export const DOCUMENT_COLUMNS =
  "id, artifact_id, source_url, resolver, content_type, bytes, sha256, storage_uri, created_at, updated_at, run_id";

/** The columns of `variants`, in the order in which `variantFromRow` reads them. */
export const VARIANT_COLUMNS = "id, document_id, variant, storage_uri, bytes, content_type, sha256, created_at";

/** The condition that names one document; its parameters are {@link keyValues}. */
export const KEY = "artifact_id = ? AND source_url = ? AND resolver = ?";

/** The parameters of {@link KEY}. */
export function keyValues(key: DocumentKey): SqlValue[] {
  return [key.artifactId, key.sourceUrl, key.resolver];
}

/** What a new variant has, but for its document: variant, URI, size, content type, hash, time. */
export function variantValues(variant: ParsedVariant): SqlValue[] {
  return [variant.variant, variant.storageUri, variant.bytes, variant.contentType, variant.sha256, variant.createdAt];
}

/** A statement with its parameters. */
export function statement(sql: string, ...parameters: SqlValue[]): SqlStatement {
  return { sql, parameters };
}

/** The first text, by code point, that no text beginning with `prefix` reaches: for ranges over an index. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

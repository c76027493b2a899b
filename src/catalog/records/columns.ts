import type { DocumentKey, ParsedVariant } from "../../core/document.ts";
import type { SqlStatement, SqlValue } from "../../ports/sql.ts";

/**
 * The longest text that is read of a row, in UTF-16 code units. Less is taken in, but catalogs of before have longer
 * names; to compare and show one of this length costs next to nothing.
 */
export const MAX_TEXT_LENGTH = 65_536;

/** Comes before any id that can be told: other tools also write rows whose ids are below one. */
export const BEFORE_ALL: number = Number.MIN_SAFE_INTEGER;

/** No text of that length has more bytes in UTF-8: a code unit has at most three. */
const MAX_TEXT_BYTES = MAX_TEXT_LENGTH * 3;

/**
 * A column of text, of which no more is read than a row may have. What is longer comes as a text that is too long, and
 * begins with its size. Neither SQLite nor PostgreSQL reads a value to tell its size.
 */
export function boundedText(column: string): string {
  return `CASE WHEN octet_length(${column}) > ${MAX_TEXT_BYTES} THEN CAST(octet_length(${column}) AS TEXT) || ' bytes: ' || substr(${column}, 1, ${MAX_TEXT_LENGTH}) ELSE ${column} END`;
}

/** Whether a text column of a row is longer than any row may have it. */
export function isTooLong(column: string): string {
  return `octet_length(${column}) > ${MAX_TEXT_BYTES}`;
}

/** The names of the columns of `documents`, in the order in which `documentFromRow` reads them. */
export const DOCUMENT_FIELDS = [
  "id",
  "artifact_id",
  "source_url",
  "resolver",
  "content_type",
  "bytes",
  "sha256",
  "storage_uri",
  "created_at",
  "updated_at",
  "run_id",
] as const;

/** The names of the columns of `variants`, in the order in which `variantFromRow` reads them. */
export const VARIANT_FIELDS = [
  "id",
  "document_id",
  "variant",
  "storage_uri",
  "bytes",
  "content_type",
  "sha256",
  "created_at",
] as const;

/** What is selected for a `documentFromRow`. */
export const DOCUMENT_COLUMNS: string = DOCUMENT_FIELDS.join(", ");

/** What is selected for a `variantFromRow`. */
export const VARIANT_COLUMNS: string = VARIANT_FIELDS.join(", ");

/** The same as {@link DOCUMENT_COLUMNS}, but no text is read that is too long: that takes longer, and never fails. */
export const BOUNDED_DOCUMENT_COLUMNS: string = DOCUMENT_FIELDS.map((field) =>
  field === "id" || field === "bytes" ? field : boundedText(field),
).join(", ");

/** The same of {@link VARIANT_COLUMNS}. */
export const BOUNDED_VARIANT_COLUMNS: string = VARIANT_FIELDS.map((field) =>
  field === "id" || field === "document_id" || field === "bytes" ? field : boundedText(field),
).join(", ");

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

import type { DocumentRecord, VariantRecord } from "../../core/document.ts";
import { cleanSecrets } from "../../core/secrets/clean-secrets.ts";
import { isSha256, type Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import { isTimestamp, type Timestamp } from "../../core/timestamp.ts";
import type { SqlRow, SqlValue } from "../../ports/sql.ts";
import { DOCUMENT_FIELDS, MAX_TEXT_LENGTH, VARIANT_FIELDS } from "./columns.ts";
import { type DamagedValue, damagedRowError } from "./damaged-row.ts";

/** Whether a value may stand in a column. */
type Check = (value: SqlValue | undefined) => boolean;

const isText: Check = (value) => typeof value === "string" && value.length <= MAX_TEXT_LENGTH;
const isTextOrNull: Check = (value) => value === null || isText(value);
const isId: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const isSize: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isSizeOrNull: Check = (value) => value === null || isSize(value);
const isDigestOrNull: Check = (value) => value === null || isSha256(value);

/** What each column of `documents` may hold. Another tool can have written anything. */
const DOCUMENT_CHECKS: Readonly<Record<(typeof DOCUMENT_FIELDS)[number], Check>> = {
  id: isId,
  artifact_id: isText,
  source_url: isText,
  resolver: isText,
  content_type: isTextOrNull,
  bytes: isSize,
  sha256: isDigestOrNull,
  storage_uri: isText,
  created_at: isTimestamp,
  updated_at: isTimestamp,
  run_id: isTextOrNull,
};

const VARIANT_CHECKS: Readonly<Record<(typeof VARIANT_FIELDS)[number], Check>> = {
  id: isId,
  document_id: isId,
  variant: isText,
  storage_uri: isText,
  bytes: isSizeOrNull,
  content_type: isTextOrNull,
  sha256: isDigestOrNull,
  created_at: isTimestamp,
};

/** Whether a row of `DOCUMENT_COLUMNS` holds what a document may. Written out, as it is asked of each row. */
export function isDocumentRow(row: SqlRow): boolean {
  return (
    isId(row[0]) &&
    isText(row[1]) &&
    isText(row[2]) &&
    isText(row[3]) &&
    isTextOrNull(row[4]) &&
    isSize(row[5]) &&
    isDigestOrNull(row[6]) &&
    isText(row[7]) &&
    isTimestamp(row[8]) &&
    isTimestamp(row[9]) &&
    isTextOrNull(row[10])
  );
}

/**
 * The record of a row of `DOCUMENT_COLUMNS`. Rows of before may have secrets, which nobody is shown.
 * @throws {CatalogError} CORRUPT naming row and column when it holds what no document may
 */
export function documentFromRow(row: SqlRow): DocumentRecord {
  if (!isDocumentRow(row)) throw damagedDocument(row);
  return Object.freeze({
    id: row[0] as number,
    artifactId: cleanSecrets(row[1] as string),
    sourceUrl: cleanSecrets(row[2] as string),
    resolver: row[3] as string,
    contentType: row[4] as string | null,
    bytes: row[5] as number,
    sha256: row[6] as Sha256 | null,
    storageUri: row[7] as StorageUri,
    createdAt: row[8] as Timestamp,
    updatedAt: row[9] as Timestamp,
    runId: row[10] as string | null,
  });
}

/**
 * The record of a row of `VARIANT_COLUMNS`.
 * @throws {CatalogError} CORRUPT naming row and column when it holds what no variant may
 */
export function variantFromRow(row: SqlRow): VariantRecord {
  const bad = VARIANT_FIELDS.findIndex((field, at) => !VARIANT_CHECKS[field](row[at]));
  if (bad >= 0) throw damagedVariant(row, bad);
  return Object.freeze({
    id: row[0] as number,
    documentId: row[1] as number,
    variant: row[2] as string,
    storageUri: row[3] as StorageUri,
    bytes: row[4] as number | null,
    contentType: row[5] as string | null,
    sha256: row[6] as Sha256 | null,
    createdAt: row[7] as Timestamp,
  });
}

/**
 * Makes sure that a value may stand in a column of a row of which others were not asked for.
 * @throws {CatalogError} CORRUPT naming row and column
 */
export function requireField(
  table: DamagedValue["table"],
  { id, owner, column, value }: Omit<DamagedValue, "table" | "owner"> & { readonly owner: SqlValue | undefined },
): void {
  const checks: Readonly<Record<string, Check>> = table === "documents" ? DOCUMENT_CHECKS : VARIANT_CHECKS;
  if (checks[column]?.(value) === false) throw damagedRowError({ table, id, owner: idOrNone(owner), column, value });
}

/** What of a damaged row of `DOCUMENT_COLUMNS` can be read and shown, by the names of the columns. */
export function readableFields(row: SqlRow): Readonly<Record<string, SqlValue>> {
  const fields = DOCUMENT_FIELDS.map((field, at) => [field, row[at] ?? null] as const);
  const readable = fields.filter(([field, value]) => DOCUMENT_CHECKS[field](value));
  return Object.fromEntries(
    readable.map(([field, value]) => [field, typeof value === "string" ? cleanSecrets(value) : value]),
  );
}

function damagedDocument(row: SqlRow): Error {
  const at = DOCUMENT_FIELDS.findIndex((field, index) => !DOCUMENT_CHECKS[field](row[index]));
  const [id] = row;
  const column = DOCUMENT_FIELDS[at] ?? "";
  return damagedRowError({ table: "documents", id, owner: idOrNone(id), column, value: row[at] });
}

function damagedVariant(row: SqlRow, at: number): Error {
  const [id, owner] = row;
  return damagedRowError({
    table: "variants",
    id,
    owner: idOrNone(owner),
    column: VARIANT_FIELDS[at] ?? "",
    value: row[at],
  });
}

function idOrNone(value: SqlValue | undefined): number | undefined {
  return isId(value) ? (value as number) : undefined;
}

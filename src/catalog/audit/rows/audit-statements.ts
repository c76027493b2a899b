import type { SqlStatement, SqlValue } from "../../../ports/sql.ts";
import type { NamingTable } from "../../collect/live/live-statements.ts";
import { BEFORE_ALL, boundedText, DOCUMENT_FIELDS, statement, VARIANT_FIELDS } from "../../records/columns.ts";

/** A table whose rows an audit counts and hashes. */
export interface AuditedTable {
  /** Its name. */
  readonly name: string;
  /** All of its columns, in the order of the schema. */
  readonly columns: readonly string[];
  /** What the rows are ordered by, and what comes before the first. */
  readonly key: Readonly<Record<string, SqlValue>>;
}

/** All tables but `documents` and `variants`, which are looked at row by row, and `meta`. */
export const OTHER_TABLES: readonly AuditedTable[] = [
  {
    name: "removals",
    columns: [
      ...["id", "uri", "sha256", "bytes", "removed_at", "verb", "plan", "reason", "record"],
      ...["variant", "content_type", "created_at", "origin", "identity"],
    ],
    key: { id: BEFORE_ALL },
  },
  {
    name: "leases",
    columns: ["id", "uri", "origin", "sha256", "bytes", "identity", "holder", "taken_at", "expires_at"],
    key: { id: "" },
  },
  { name: "sources", columns: ["path", "document_id", "variant"], key: { path: "", document_id: BEFORE_ALL } },
  { name: "in_place", columns: ["uri", "path"], key: { uri: "" } },
  { name: "placed", columns: ["uri", "sha256_start"], key: { uri: "" } },
  { name: "orphans", columns: ["uri", "bytes", "modified_us", "since"], key: { uri: "" } },
  {
    name: "trash",
    columns: ["run", "uri", "kind", "sha256", "bytes", "trashed_at", "expires_at", "plan"],
    key: { run: "", uri: "" },
  },
  {
    name: "verifications",
    columns: ["id", "uri", "result", "strength", "sha256", "bytes", "checked_at", "ok_at", "bad_since"],
    key: { id: BEFORE_ALL },
  },
  {
    name: "incidents",
    columns: [
      ...["id", "uri", "result", "reason", "expected_sha256", "expected_bytes", "actual_sha256", "actual_bytes"],
      ...["found_at", "quarantine", "resolved_at", "resolution"],
    ],
    key: { id: BEFORE_ALL },
  },
  {
    name: "drifts",
    columns: ["source_url", "expected_sha256", "actual_sha256", "actual_bytes", "first_seen_at", "last_seen_at"],
    key: { source_url: "", expected_sha256: "", actual_sha256: "" },
  },
  {
    name: "pins",
    columns: ["id", "kind", "target", "reason", "pinned_at", "expires_at"],
    key: { id: BEFORE_ALL },
  },
  {
    name: "tombstones",
    columns: [
      ...["id", "artifact_id", "source_url", "resolver", "sha256", "bytes", "removed_at", "verb", "plan", "reason"],
    ],
    key: { id: BEFORE_ALL },
  },
  { name: "tombstone_paths", columns: ["path", "tombstone_id"], key: { path: "", tombstone_id: BEFORE_ALL } },
];

/** Columns that hold numbers. */
const NUMBERS = new Set([
  "id",
  "bytes",
  "document_id",
  "modified_us",
  "expected_bytes",
  "actual_bytes",
  "tombstone_id",
]);

/** The next rows behind those whose key is given, without reading any text that is too long. */
export function selectRowsBehind(table: AuditedTable, after: readonly SqlValue[], size: number): SqlStatement {
  const keys = Object.keys(table.key);
  const columns = table.columns.map((column) => {
    return NUMBERS.has(column) || keys.includes(column) ? column : boundedText(column);
  });
  const order = keys.join(", ");
  const behind = `(${order}) > (${keys.map(() => "?").join(", ")})`;
  return statement(
    `SELECT ${columns.join(", ")} FROM ${table.name} WHERE ${behind} ORDER BY ${order} LIMIT ?`,
    ...after,
    size,
  );
}

/** The columns of `documents` and `variants`, in the order in which their rows are read. */
export const NAMING_FIELDS: Readonly<Record<NamingTable, readonly string[]>> = {
  documents: DOCUMENT_FIELDS,
  variants: VARIANT_FIELDS,
};

/** Options of {@link selectWhole}. */
export interface SelectWholeOptions {
  /** The id before the first row. */
  readonly afterId: number;
  /** How many rows at most. */
  readonly size: number;
  /** Reads no text that is too long, which takes longer. */
  readonly bounded: boolean;
}

/** The next documents or variants with all of their columns. */
export function selectWhole(table: NamingTable, { afterId, size, bounded }: SelectWholeOptions): SqlStatement {
  const columns = NAMING_FIELDS[table].map((column) => {
    return bounded && !NUMBERS.has(column) ? boundedText(column) : column;
  });
  return statement(`SELECT ${columns.join(", ")} FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`, afterId, size);
}

/** The next variants of documents that are not there: id, document, URI, size. */
export function selectDangling(afterId: number, size: number): SqlStatement {
  return statement(
    `SELECT id, ${boundedText("CAST(document_id AS TEXT)")}, ${boundedText("storage_uri")}, bytes FROM variants
     WHERE id > ? AND NOT EXISTS (SELECT 1 FROM documents WHERE documents.id = variants.document_id)
     ORDER BY id LIMIT ?`,
    afterId,
    size,
  );
}

/** The next blobs that were bad when they were last verified, longest first: id, URI, result, size, since when. */
export function selectKnownBad(since: string, afterId: number, size: number): SqlStatement {
  return statement(
    `SELECT id, ${boundedText("uri")}, result, bytes, bad_since FROM verifications
     WHERE bad_since IS NOT NULL AND (bad_since, id) > (?, ?) ORDER BY bad_since, id LIMIT ?`,
    since,
    afterId,
    size,
  );
}

/** Gives a row if a document or variant names a place. */
export function selectStillNamed(
  table: NamingTable,
  { id, uri }: { readonly id: SqlValue; readonly uri: string },
): SqlStatement {
  return statement(`SELECT 1 FROM ${table} WHERE id = ? AND storage_uri = ?`, id, uri);
}

/** Gives a row if anybody claims a place. */
export function selectLease(uri: string): SqlStatement {
  return statement("SELECT 1 FROM leases WHERE uri = ?", uri);
}

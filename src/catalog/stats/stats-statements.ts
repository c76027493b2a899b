import type { SqlStatement, SqlValue } from "../../ports/sql.ts";
import { boundedText, DOCUMENT_COLUMNS, statement } from "../records/columns.ts";

/** A sum of sizes. One of integers would fail beyond 2^63; this one is exact up to 2^53, and rounded beyond. */
const SUM_OF_BYTES = "COALESCE(SUM(CAST(bytes AS DOUBLE PRECISION)), 0)";

/** Sizes that are none, as another tool can have written them. A text or BLOB is greater than any number to SQLite. */
const NO_SIZE = "bytes IS NULL OR bytes < 0 OR bytes > 9007199254740991 OR bytes <> CAST(bytes AS BIGINT)";

/** The times that have the form of one; what else stands there is nobody's oldest or newest. */
const TIME = "CASE WHEN created_at LIKE '____-__-__T__:__:__.___Z' THEN created_at END";

/** Groups by a column of text: name, documents, bytes; those with the most documents first. */
function groupsBy(column: string): string {
  return `SELECT ${boundedText(column)}, COUNT(*), ${SUM_OF_BYTES} FROM documents GROUP BY ${column}
    ORDER BY COUNT(*) DESC, ${column}`;
}

/** A document with a time. */
export function selectDocumentCreatedAt(time: SqlValue): SqlStatement {
  return statement(`SELECT ${DOCUMENT_COLUMNS} FROM documents WHERE created_at = ? ORDER BY id LIMIT 1`, time);
}

/** The places that rows name, each once. */
const PLACES = "SELECT storage_uri FROM documents UNION SELECT storage_uri FROM variants";

/** Which figures are read by one statement. */
export type StatsStatement =
  | "documents"
  | "contents"
  | "unhashedBytes"
  | "variants"
  | "removals"
  | "blobs"
  | "verified"
  | "byResolver"
  | "byContentType";

/** The figures of `stats`, one row a statement unless said otherwise. */
export const STATS_STATEMENTS: Readonly<Record<StatsStatement, string>> = {
  documents: `SELECT COUNT(*), COUNT(DISTINCT artifact_id), ${SUM_OF_BYTES}, COUNT(*) - COUNT(sha256),
    MIN(${TIME}), MAX(${TIME}), MIN(CASE WHEN ${NO_SIZE} THEN id END) FROM documents`,
  contents: `SELECT COUNT(*), COALESCE(SUM(CAST(size AS DOUBLE PRECISION)), 0),
    COALESCE(SUM(CASE WHEN copies > 1 THEN 1 ELSE 0 END), 0), COALESCE(MAX(copies), 0)
    FROM (SELECT COUNT(*) AS copies, MAX(bytes) AS size FROM documents WHERE sha256 IS NOT NULL
    GROUP BY sha256) AS contents`,
  unhashedBytes: `SELECT ${SUM_OF_BYTES} FROM documents WHERE sha256 IS NULL`,
  variants: "SELECT COUNT(*) FROM variants",
  removals: "SELECT (SELECT COUNT(*) FROM removals), (SELECT COUNT(*) FROM pins), (SELECT COUNT(*) FROM tombstones)",
  blobs: `SELECT (SELECT COUNT(*) FROM (${PLACES}) AS places),
    (SELECT COUNT(*) FROM (${PLACES} EXCEPT SELECT uri FROM verifications) AS never_verified)`,
  verified: `SELECT (SELECT COUNT(*) FROM verifications WHERE result = 'ok' AND strength IN ('full', 'provider')),
    (SELECT COUNT(*) FROM verifications WHERE bad_since IS NOT NULL), (SELECT MIN(checked_at) FROM verifications)`,
  /** Many rows. */
  byResolver: groupsBy("resolver"),
  /** Many rows. */
  byContentType: groupsBy("content_type"),
};

import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { whileLeased } from "../leases/lease-statements.ts";
import { boundedText, statement } from "../records/columns.ts";
import type { Leased } from "../register/register-statements.ts";

/** Where bytes with a hash are stored, as rows say; the newest rows first, as older files may have all names they can. */
export function selectBlobsWithHash(
  table: "documents" | "variants",
  content: { sha256: Sha256; bytes: number; limit: number },
): SqlStatement {
  return statement(
    `SELECT ${boundedText("storage_uri")} FROM ${table} WHERE sha256 = ? AND bytes = ? ORDER BY id DESC LIMIT ?`,
    content.sha256,
    content.bytes,
    content.limit,
  );
}

/** Gives a row if a document or variant names a place for what may be other bytes: a hash that nobody knows may be any. */
export function selectOtherNamed(uri: StorageUri, sha256: Sha256 | null): SqlStatement {
  const other = "storage_uri = ? AND (sha256 IS NULL OR sha256 <> ?)";
  const values = [uri, sha256 ?? ""];
  const sql = `SELECT 1 FROM documents WHERE ${other} UNION ALL SELECT 1 FROM variants WHERE ${other} LIMIT 1`;
  return statement(sql, ...values, ...values);
}

/** Points a variant whose blob is gone or damaged to another with the same bytes. */
export function repointVariant(id: number, move: Leased & { from: StorageUri; to: StorageUri }): SqlStatement {
  const leased = whileLeased(move.lease);
  const sql = `UPDATE variants SET storage_uri = ? WHERE id = ? AND storage_uri = ?${leased.sql}`;
  return statement(sql, move.to, id, move.from, ...leased.values);
}

/** Points a document whose blob is gone or damaged to another with the same bytes. */
export function repointDocument(id: number, move: { from: StorageUri; to: StorageUri; now: Timestamp }): SqlStatement {
  return statement(
    "UPDATE documents SET storage_uri = ?, updated_at = ? WHERE id = ? AND storage_uri = ?",
    move.to,
    move.now,
    id,
    move.from,
  );
}

import type { Sha256 } from "../../core/sha256.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { boundedText, statement } from "../records/columns.ts";

/** Where to go on in what is known to be bad: behind what is bad since then, and has this id. */
export type BadPosition = readonly [badSince: string, id: number];

/** The next blobs that are known to be bad, longest first: URI, since when, id. */
export function selectKnownBad(position: BadPosition, size: number): SqlStatement {
  return statement(
    `SELECT ${boundedText("uri")}, bad_since, id FROM verifications
     WHERE bad_since IS NOT NULL AND (bad_since, id) > (?, ?) ORDER BY bad_since, id LIMIT ?`,
    ...[...position, size],
  );
}

/** How many blobs are known to be bad. */
export function countKnownBad(): SqlStatement {
  return statement("SELECT COUNT(*) FROM verifications WHERE bad_since IS NOT NULL");
}

/** The next places behind `after`, in order, where rows say that bytes with a hash are. */
export function selectPlacesWithHash(sha256: Sha256, after: string, size: number): SqlStatement {
  const select = (table: string): string =>
    `SELECT ${boundedText("storage_uri")} FROM ${table} WHERE sha256 = ? AND storage_uri > ?`;
  return statement(
    `${select("documents")} UNION ${select("variants")} ORDER BY 1 LIMIT ?`,
    ...[sha256, after, sha256, after, size],
  );
}

/** Where to go on in the sources of a hash: before what came then, and has this id. */
export type SourcePosition = readonly [createdAt: string, id: number];

/** Before all of them. */
export const NEWEST_SOURCE: SourcePosition = ["~", 0];

/** The next sources of documents with a hash, newest first: source URL, resolver, when it came, id of the document. */
export function selectSourcesOfHash(sha256: Sha256, position: SourcePosition, size: number): SqlStatement {
  return statement(
    `SELECT ${boundedText("source_url")}, ${boundedText("resolver")}, MAX(created_at), MAX(id) FROM documents
     WHERE sha256 = ? GROUP BY source_url, resolver HAVING (MAX(created_at), MAX(id)) < (?, ?)
     ORDER BY 3 DESC, 4 DESC LIMIT ?`,
    ...[sha256, ...position, size],
  );
}

/** The leases of a place: id, and who holds it. */
export function selectHoldersOf(uri: string): SqlStatement {
  return statement(`SELECT id, ${boundedText("holder")} FROM leases WHERE uri = ?`, uri);
}

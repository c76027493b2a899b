import type { DocumentKey } from "../../core/document.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { DOCUMENT_COLUMNS, endOfPrefix, KEY, keyValues, statement } from "../records/columns.ts";

/** Which rows may be those of one key, written down with secrets. */
export interface OlderKeyRange {
  /** Artifact ids that they may have. */
  readonly artifactIds: readonly [string, string, string];
  /** The source URL as it was given. */
  readonly given: string;
  /** How the source URL begins before anything that may be a secret. */
  readonly start: string;
  /** As it was given: resolvers seldom are URLs. */
  readonly resolver: string;
}

/** The documents in a range, by id. */
export function selectOlderKeys({ artifactIds, given, start, resolver }: OlderKeyRange): SqlStatement {
  return statement(
    `SELECT ${DOCUMENT_COLUMNS} FROM documents WHERE artifact_id IN (?, ?, ?)
       AND (source_url = ? OR source_url >= ? AND source_url < ?) AND resolver = ? ORDER BY id`,
    ...artifactIds,
    given,
    start,
    endOfPrefix(start),
    resolver,
  );
}

/** Gives a document another key, unless that is taken. */
export function rewriteKey(id: number, key: DocumentKey, now: Timestamp): SqlStatement {
  return statement(
    `UPDATE documents SET artifact_id = ?, source_url = ?, resolver = ?, updated_at = ?
     WHERE id = ? AND NOT EXISTS (SELECT 1 FROM documents WHERE ${KEY})`,
    ...keyValues(key),
    now,
    id,
    ...keyValues(key),
  );
}

/** Gives the document with a key another one, unless that is taken. */
export function renameKey(from: DocumentKey, to: DocumentKey, now: Timestamp): SqlStatement {
  return statement(
    `UPDATE documents SET artifact_id = ?, source_url = ?, resolver = ?, updated_at = ?
     WHERE ${KEY} AND NOT EXISTS (SELECT 1 FROM documents WHERE ${KEY})`,
    ...keyValues(to),
    now,
    ...keyValues(from),
    ...keyValues(to),
  );
}

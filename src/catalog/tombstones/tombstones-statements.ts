import type { DocumentKey } from "../../core/document.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { KEY, keyValues, statement } from "../records/columns.ts";
import { isStill, type RemovalVerb, type RowToRemove } from "../remove/remove-statements.ts";

/** Bytes that are removed on purpose with a row. */
export interface RemovedContent {
  /** Of the document. */
  readonly key: DocumentKey;
  /** What they hash to, or `null` where that is not on record. */
  readonly sha256: Sha256 | null;
  /** How many they are. */
  readonly bytes: number;
  /** The real paths of files that have them, as far as they are known. */
  readonly paths: readonly string[];
}

/** What a tombstone says beside that. */
export interface TombstoneFact {
  /** When the row is removed. */
  readonly now: Timestamp;
  /** The operation that removes it: 32 hexadecimal characters. */
  readonly operationId: string;
  /** What removes it. */
  readonly verb: RemovalVerb;
  /** Why, as far as somebody said. */
  readonly reason: string | null;
}

/** Leaves a tombstone for bytes of a document that a later statement of the batch removes; with the paths of the bytes. */
export function leaveTombstone(
  row: RowToRemove,
  { key, sha256, bytes, paths }: RemovedContent,
  { now, operationId, verb, reason }: TombstoneFact,
): readonly SqlStatement[] {
  const still = isStill(row);
  const insert = statement(
    `INSERT INTO tombstones (artifact_id, source_url, resolver, sha256, bytes, removed_at, verb, plan, reason)
     SELECT ?, ?, ?, ?, CAST(? AS BIGINT), ?, ?, ?, ? FROM documents WHERE ${still.sql}`,
    ...keyValues(key),
    ...[sha256, bytes, now, verb, operationId, reason],
    ...still.values,
  );
  return [insert, ...paths.map((path) => insertPath(path, { key, sha256, bytes, operationId }))];
}

/** Notes where bytes lay of which a statement before has left the tombstone. */
function insertPath(
  path: string,
  { key, sha256, bytes, operationId }: Omit<RemovedContent, "paths"> & Pick<TombstoneFact, "operationId">,
): SqlStatement {
  return statement(
    `INSERT INTO tombstone_paths (path, tombstone_id)
     SELECT ?, id FROM tombstones WHERE ${KEY} AND plan = ? AND bytes = ? AND COALESCE(sha256, '') = ?
     ON CONFLICT (path, tombstone_id) DO NOTHING`,
    path,
    ...keyValues(key),
    ...[operationId, bytes, sha256 ?? ""],
  );
}

import type { DocumentKey, ParsedRegistration } from "../../core/document.ts";
import type { RemovalVerb } from "../../core/outcome.ts";
import { changedVariant } from "../../core/outcome.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { boundedText, KEY, keyValues, statement } from "../records/columns.ts";
import { isStill, type RowToRemove } from "../remove/remove-statements.ts";

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

/** What is selected for a `tombstoneFromRow`. */
const TOMBSTONE_COLUMNS = `id, artifact_id, source_url, resolver, sha256, bytes, removed_at, verb,
  ${boundedText("plan")}, ${boundedText("reason")}`;

/** The next tombstones behind `afterId`, in order. */
export function selectTombstones(afterId: number, size: number): SqlStatement {
  return statement(`SELECT ${TOMBSTONE_COLUMNS} FROM tombstones WHERE id > ? ORDER BY id LIMIT ?`, afterId, size);
}

/** Whether there are any. */
export function selectAnyTombstone(): SqlStatement {
  return statement("SELECT id FROM tombstones LIMIT 1");
}

/** The ids and keys of the next tombstones behind `afterId`, in order. */
export function selectTombstoneKeys(afterId: number, size: number): SqlStatement {
  return statement(
    "SELECT id, artifact_id, source_url, resolver FROM tombstones WHERE id > ? ORDER BY id LIMIT ?",
    afterId,
    size,
  );
}

/** The paths of the tombstones with ids above `afterId` and up to `lastId`, in order. */
export function selectTombstonePaths(afterId: number, lastId: number): SqlStatement {
  return statement(
    `SELECT tombstone_id, path FROM tombstone_paths WHERE tombstone_id > ? AND tombstone_id <= ?
     ORDER BY tombstone_id, path`,
    afterId,
    lastId,
  );
}

/** The tombstones of a key, and those of a path, in order. */
export function selectTombstonesOf(key: DocumentKey, path: string | undefined): SqlStatement {
  return statement(
    `SELECT ${TOMBSTONE_COLUMNS} FROM tombstones
     WHERE (${KEY}) OR id IN (SELECT tombstone_id FROM tombstone_paths WHERE path = ?) ORDER BY id`,
    ...keyValues(key),
    path ?? null,
  );
}

/** What tombstones are about. */
export type TombstoneSearch =
  | { readonly path: string }
  | {
      readonly artifactId: string;
      /** The operation that removed these bytes. @default any */
      readonly plan?: string;
      readonly sha256?: string | null;
      readonly bytes?: number | null;
    };

/** The tombstones of a file, or of an artifact, in order. */
export function selectTombstonesAbout(search: TombstoneSearch): SqlStatement {
  const select = `SELECT ${TOMBSTONE_COLUMNS} FROM tombstones WHERE`;
  if ("path" in search) {
    const ofPath = "id IN (SELECT tombstone_id FROM tombstone_paths WHERE path = ?)";
    return statement(`${select} ${ofPath} ORDER BY id`, search.path);
  }
  const { artifactId, plan, sha256 = null, bytes = null } = search;
  if (plan === undefined) return statement(`${select} artifact_id = ? ORDER BY id`, artifactId);
  const same = "plan = ? AND COALESCE(sha256, '') = ? AND bytes = ?";
  return statement(`${select} artifact_id = ? AND ${same} ORDER BY id`, artifactId, plan, sha256 ?? "", bytes);
}

/**
 * Ends tombstones of bytes that are registered again: if the document with this key, or the variant that takes changed
 * bytes, has them. Their paths go with them.
 */
export function endTombstones(ids: readonly number[], document: ParsedRegistration): SqlStatement {
  const { bytes, sha256 } = document;
  const same = "bytes = ? AND COALESCE(sha256 = ?, TRUE)";
  return statement(
    `DELETE FROM tombstones WHERE id IN (${ids.map(() => "?").join(", ")})
       AND (EXISTS (SELECT 1 FROM documents WHERE ${KEY} AND ${same})
         OR EXISTS (SELECT 1 FROM variants WHERE document_id = (SELECT id FROM documents WHERE ${KEY}) AND variant = ?
           AND ${same}))`,
    ...ids,
    ...[...keyValues(document), bytes, sha256],
    ...[...keyValues(document), changedVariant(document).variant, bytes, sha256],
  );
}

/** Ends tombstones of bytes that come back with a row, if that is there. */
export function endTombstonesOfRestored(ids: readonly number[], documentId: number): SqlStatement {
  return statement(
    `DELETE FROM tombstones WHERE id IN (${ids.map(() => "?").join(", ")})
       AND EXISTS (SELECT 1 FROM documents WHERE id = ?)`,
    ...ids,
    documentId,
  );
}

/**
 * Rows that a run has made at `now` and that were removed on purpose since it looked last: of a key that got a tombstone
 * for the same bytes after `afterId`. Mostly no tombstone is that young, and that is all that is looked at.
 */
const REMOVED_MEANWHILE = `FROM tombstones CROSS JOIN documents WHERE tombstones.id > ?
  AND documents.artifact_id = tombstones.artifact_id AND documents.source_url = tombstones.source_url
  AND documents.resolver = tombstones.resolver AND documents.updated_at = ? AND documents.bytes = tombstones.bytes
  AND COALESCE(documents.sha256 = tombstones.sha256, TRUE)`;

/** The first gives the keys of such rows, the second takes them back. */
export function takeBackRemoved(afterId: number, now: Timestamp): readonly [SqlStatement, SqlStatement] {
  return [
    statement(
      `SELECT documents.artifact_id, documents.source_url, documents.resolver ${REMOVED_MEANWHILE}`,
      afterId,
      now,
    ),
    statement(`DELETE FROM documents WHERE id IN (SELECT documents.id ${REMOVED_MEANWHILE})`, afterId, now),
  ];
}

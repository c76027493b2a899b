import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement, SqlValue } from "../../ports/sql.ts";
import { boundedText, endOfPrefix, statement } from "../records/columns.ts";
import { PIN_FIELDS, type Pin, type PinKey, type PinKind } from "./pin.ts";

/** What is selected for a `pinFromRow`. */
export const PIN_COLUMNS: string = PIN_FIELDS.map((field) => boundedText(`pins.${field}`)).join(", ");

/** The pin on something. */
export function selectPin({ kind, target }: PinKey): SqlStatement {
  return statement(`SELECT ${PIN_COLUMNS} FROM pins WHERE kind = ? AND target = ?`, kind, target);
}

/** The next pins behind `afterId`, in the order in which they were set first: their ids, and they themselves. */
export function selectPins(afterId: number, size: number): SqlStatement {
  return statement(`SELECT id, ${PIN_COLUMNS} FROM pins WHERE id > ? ORDER BY id LIMIT ?`, afterId, size);
}

/** The next pins behind `afterId` that keep bytes without a row: their ids, kinds and targets. */
export function selectPinnedBlobs(afterId: number, size: number): SqlStatement {
  return statement(
    `SELECT id, kind, ${boundedText("target")} FROM pins WHERE id > ? AND kind IN ('sha256', 'uri') ORDER BY id LIMIT ?`,
    ...[afterId, size],
  );
}

/** The pinned hashes that begin with a prefix. */
export function selectPinnedHashes(prefix: string): SqlStatement {
  return statement(
    "SELECT target FROM pins WHERE kind = 'sha256' AND target >= ? AND target < ? ORDER BY target",
    prefix,
    endOfPrefix(prefix),
  );
}

/** The pins on hashes that begin with a prefix. */
export function selectPinsByHash(prefix: string): SqlStatement {
  return statement(
    `SELECT ${PIN_COLUMNS} FROM pins WHERE kind = 'sha256' AND target >= ? AND target < ? ORDER BY target`,
    prefix,
    endOfPrefix(prefix),
  );
}

/** The pins on a place, by any of the texts for it, and on its bytes, by any of their hashes. */
export function selectPinsOfBlob(uris: readonly string[], hashes: readonly string[]): SqlStatement {
  const some = (values: readonly string[]): string => values.map(() => "?").join(", ");
  return statement(
    `SELECT ${PIN_COLUMNS} FROM pins WHERE (kind = 'uri' AND target IN (${some(uris)}))
       OR (kind = 'sha256' AND target IN (${some(hashes)})) ORDER BY id`,
    ...uris,
    ...hashes,
  );
}

/** Gives a row if bytes with a hash are, or were, named by a row, or are on their way to one. */
export function selectIsKnownHash(sha256: string): SqlStatement {
  const tables = ["documents", "variants", "removals", "leases", "trash"];
  const known = tables.map((table) => `EXISTS (SELECT 1 FROM ${table} WHERE sha256 = ?)`);
  return statement(`SELECT 1 WHERE ${known.join(" OR ")}`, ...tables.map(() => sha256));
}

/** What has to be there for a pin on it; `undefined` where the table cannot tell. */
const THERE: Readonly<
  Partial<Record<PinKind, { readonly sql: string; readonly valueOf: (target: string) => SqlValue }>>
> = {
  document: { sql: "EXISTS (SELECT 1 FROM documents WHERE id = ?)", valueOf: Number },
  artifact: { sql: "EXISTS (SELECT 1 FROM documents WHERE artifact_id = ?)", valueOf: String },
};

/** Sets a pin, or gives the one that is there another reason and another end. A row, or artifact, has to be there. */
export function insertPin({ kind, target, reason, pinnedAt, expiresAt }: Pin): SqlStatement {
  const there = THERE[kind];
  return statement(
    `INSERT INTO pins (kind, target, reason, pinned_at, expires_at)
     SELECT ?, ?, ?, ?, CAST(? AS TEXT) WHERE ${there?.sql ?? "TRUE"}
     ON CONFLICT (kind, target) DO UPDATE SET reason = excluded.reason, pinned_at = excluded.pinned_at,
       expires_at = excluded.expires_at`,
    ...[kind, target, reason, pinnedAt, expiresAt],
    ...(there === undefined ? [] : [there.valueOf(target)]),
  );
}

/** Ends a pin. */
export function deletePin({ kind, target }: PinKey): SqlStatement {
  return statement("DELETE FROM pins WHERE kind = ? AND target = ?", kind, target);
}

/** Gives a row if the time of any pin is over. */
export function selectExpiredPin(now: Timestamp): SqlStatement {
  return statement("SELECT 1 FROM pins WHERE expires_at IS NOT NULL AND expires_at <= ? LIMIT 1", now);
}

/** Ends the pins whose time is over. */
export function deleteExpiredPins(now: Timestamp): SqlStatement {
  return statement("DELETE FROM pins WHERE expires_at IS NOT NULL AND expires_at <= ?", now);
}

/** Follows bytes to where they are now, if rows name that: a pin on their old place is one on the new place. */
export function followPlace(from: string, to: string): SqlStatement {
  return statement(
    `UPDATE pins SET target = ? WHERE kind = 'uri' AND target = ?
       AND NOT EXISTS (SELECT 1 FROM pins WHERE kind = 'uri' AND target = ?)
       AND (EXISTS (SELECT 1 FROM documents WHERE storage_uri = ?) OR EXISTS (SELECT 1 FROM variants WHERE storage_uri = ?))`,
    ...[to, from, to, to, to],
  );
}

/** Follows an artifact whose id is another one now, if no row has the old one any more. */
export function followArtifact(from: string, to: string): SqlStatement {
  return statement(
    `UPDATE pins SET target = ? WHERE kind = 'artifact' AND target = ?
       AND NOT EXISTS (SELECT 1 FROM pins WHERE kind = 'artifact' AND target = ?)
       AND NOT EXISTS (SELECT 1 FROM documents WHERE artifact_id = ?)`,
    ...[to, from, to, from],
  );
}

import type { DocumentKey } from "../../core/document.ts";
import type { EarlierRemoval } from "../../core/outcome.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlRow } from "../../ports/sql.ts";

/** Bytes that were removed on purpose: no import, and no folder that is added, brings them back by itself. */
export interface Tombstone extends DocumentKey, EarlierRemoval {
  /** Of the tombstone. */
  readonly id: number;
  /** What the bytes hash to, or `null` where that was not on record. */
  readonly sha256: Sha256 | null;
  /** How many they are. */
  readonly bytes: number;
  /** The operation that removed them, which `restore` takes; `null` where it is not on record. */
  readonly operationId: string | null;
  /** The real paths of files that had them, as far as they were known, in order. */
  readonly paths: readonly string[];
}

/** The tombstone of a row of `TOMBSTONE_COLUMNS`. */
export function tombstoneFromRow(row: SqlRow, paths: readonly string[]): Tombstone {
  const [id, artifactId, sourceUrl, resolver, sha256, bytes, removedAt, verb, plan, reason] = row;
  return Object.freeze({
    id: Number(id),
    artifactId: String(artifactId),
    sourceUrl: String(sourceUrl),
    resolver: String(resolver),
    sha256: sha256 as Sha256 | null,
    bytes: Number(bytes),
    removedAt: String(removedAt) as Timestamp,
    verb: verb === "retention" ? "retention" : "remove",
    operationId: plan as string | null,
    reason: reason as string | null,
    paths,
  });
}

/** What the result says of whoever registers bytes again: the last time that they were removed. */
export function earlierRemovalOf(tombstones: readonly Tombstone[]): EarlierRemoval | undefined {
  const last = tombstones.at(-1);
  return last && { removedAt: last.removedAt, verb: last.verb, reason: last.reason };
}

import type { StorageUri } from "../../../core/storage-uri.ts";
import type { Timestamp } from "../../../core/timestamp.ts";
import type { SqlStatement, SqlValue } from "../../../ports/sql.ts";
import { boundedText, statement } from "../../records/columns.ts";

/** What a collector did with the bytes of a name. */
export interface CollectedBytes {
  /** The name that they had. */
  readonly uri: StorageUri;
  /** Of the bytes, as far as it is known. */
  readonly sha256: SqlValue;
  /** How many they are. */
  readonly bytes: number;
  /** When. */
  readonly now: Timestamp;
  /** `gc`: they are gone from their name; `displace`: they could not get it back. */
  readonly verb: "gc" | "displace";
  /** The operation. */
  readonly plan: string;
  /** Why. */
  readonly reason: string;
  /** Whose they were; `null` where nobody knows. */
  readonly origin: string | null;
  /** Of the file, where it may come back to its name if the collector ends here: it is known again then. */
  readonly identity?: string | undefined;
}

/** Records what a collector did. */
export function recordCollected(collected: CollectedBytes): SqlStatement {
  const { uri, sha256, bytes, now, verb, plan, reason, origin, identity = null } = collected;
  return statement(
    `INSERT INTO removals (uri, sha256, bytes, removed_at, verb, plan, reason, origin, identity)
     VALUES (?, ?, CAST(? AS BIGINT), ?, ?, ?, ?, ?, ?)`,
    ...[uri, sha256, bytes, now, verb, plan, reason, origin, identity],
  );
}

/** Strikes out that this catalog put bytes at a place. */
export function deletePlaced(uri: StorageUri): SqlStatement {
  return statement("DELETE FROM placed WHERE uri = ?", uri);
}

/** Strikes out where damaged bytes lie that are gone; when they were found and what was wrong with them stays. */
export function forgetQuarantine(place: {
  readonly uri: StorageUri | null;
  readonly quarantine: StorageUri;
}): SqlStatement {
  return statement(
    "UPDATE incidents SET quarantine = NULL WHERE uri = ? AND quarantine = ?",
    place.uri,
    place.quarantine,
  );
}

/** The newest hash on record of what had a name. */
export function selectLastHash(uri: StorageUri): SqlStatement {
  return statement(
    `SELECT ${boundedText("sha256")} FROM removals WHERE uri = ? AND sha256 IS NOT NULL ORDER BY id DESC LIMIT 1`,
    uri,
  );
}

import type { DocumentKey, ParsedVariant } from "../../core/document.ts";
import { inChunks } from "../../core/in-chunks.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement, SqlValue } from "../../ports/sql.ts";
import { boundedText, KEY, keyValues, statement } from "../records/columns.ts";
import type { LeaseRequest } from "./lease.ts";

/** Part of a WHERE clause, with its parameters. */
export interface Condition {
  /** Begins with AND, or is empty. */
  readonly sql: string;
  /** One a `?`. */
  readonly values: readonly SqlValue[];
}

/** Asks for nothing. */
export const ANYWAY: Condition = { sql: "", values: [] };

/** True as long as nobody has ended a lease; without one always. */
export function whileLeased(lease: string | undefined): Condition {
  return lease === undefined ? ANYWAY : { sql: " AND EXISTS (SELECT 1 FROM leases WHERE id = ?)", values: [lease] };
}

/** A lease that is about to be taken. */
export interface NewLease extends LeaseRequest {
  /** Tells it from all others. */
  readonly id: string;
  /** Who takes it. */
  readonly holder: string;
  /** When it is taken. */
  readonly now: Timestamp;
  /** When its time is over. */
  readonly expiresAt: Timestamp;
}

/** So many rows have one statement. */
const ROWS = 50;

/** Takes leases. Many rows of one statement cost less than a statement each. */
export function insertLeases(leases: readonly NewLease[]): readonly SqlStatement[] {
  return inChunks(leases, ROWS).map((some) =>
    statement(
      `INSERT INTO leases (id, uri, origin, sha256, bytes, holder, taken_at, expires_at)
       VALUES ${some.map(() => "(?, ?, ?, ?, ?, ?, ?, ?)").join(", ")}`,
      ...some.flatMap((each) => [
        ...[each.id, each.uri, each.origin, each.sha256, each.bytes],
        ...[each.holder, each.now, each.expiresAt],
      ]),
    ),
  );
}

/** Says which file gets the place. */
export function setLeaseIdentity(id: string, identity: string): SqlStatement {
  return statement("UPDATE leases SET identity = ? WHERE id = ?", identity, id);
}

/** Gives a lease more time. */
export function extendLease(id: string, expiresAt: Timestamp): SqlStatement {
  return statement("UPDATE leases SET expires_at = ? WHERE id = ?", expiresAt, id);
}

/** True unless the document with a key names a place. */
export function unlessDocument(key: DocumentKey, uri: StorageUri): Condition {
  return {
    sql: ` AND NOT EXISTS (SELECT 1 FROM documents WHERE ${KEY} AND storage_uri = ?)`,
    values: [...keyValues(key), uri],
  };
}

/** True unless a variant of the document with a key names a place. */
export function unlessVariant(
  key: DocumentKey,
  { variant, storageUri: uri }: Pick<ParsedVariant, "variant" | "storageUri">,
): Condition {
  return {
    sql: ` AND NOT EXISTS (SELECT 1 FROM variants WHERE document_id = (SELECT id FROM documents WHERE ${KEY})
       AND variant = ? AND storage_uri = ?)`,
    values: [...keyValues(key), variant, uri],
  };
}

/** Ends a lease, whoever has it; it changes nothing where it has ended before. */
export function deleteLease(id: string): SqlStatement {
  return statement("DELETE FROM leases WHERE id = ?", id);
}

/** Ends leases: of each pair of statements the first tells which were there. */
export function deleteLeases(ids: readonly string[]): readonly SqlStatement[] {
  return inChunks(ids, ROWS).flatMap((some) => {
    const which = `id IN (${some.map(() => "?").join(", ")})`;
    return [
      statement(`SELECT id FROM leases WHERE ${which}`, ...some),
      statement(`DELETE FROM leases WHERE ${which}`, ...some),
    ];
  });
}

/** So many leases are ended in one step. */
const MAX_EXPIRED = 500;

/** Leases whose time was over before `now`, the longest ago first. */
export function selectExpired(now: Timestamp): SqlStatement {
  return statement(
    `SELECT id, ${boundedText("uri")}, origin, ${boundedText("sha256")}, bytes, ${boundedText("identity")}, expires_at
     FROM leases WHERE expires_at < ? ORDER BY expires_at, id LIMIT ${MAX_EXPIRED}`,
    now,
  );
}

/** Ends a lease that nobody gave more time meanwhile. */
export function deleteExpired(id: string, expiresAt: SqlValue): SqlStatement {
  return statement("DELETE FROM leases WHERE id = ? AND expires_at = ?", id, expiresAt);
}

/** A lease that ends without a row. */
export interface AbandonedPlace {
  /** Of the lease. */
  readonly id: string;
  /** The place. */
  readonly uri: StorageUri | SqlValue;
  /** As in the lease. */
  readonly origin: SqlValue;
  /** As in the lease. */
  readonly sha256: SqlValue;
  /** As in the lease. */
  readonly bytes: SqlValue;
  /** Of the file that got the place. */
  readonly identity: SqlValue;
  /** When the lease expired: it must not have been given more time. @default it does not matter */
  readonly expiresAt?: SqlValue | undefined;
  /** Asked before all rows are looked at, for which there may be no index at the moment. @default nothing */
  readonly unless?: Condition | undefined;
}

/** Records a place that is about to lose its lease, unless rows name it. */
export function recordAbandoned(place: AbandonedPlace, now: Timestamp): SqlStatement {
  const { id, uri, origin, sha256, bytes, identity, expiresAt, unless = ANYWAY } = place;
  const [still, values] = expiresAt === undefined ? ["", []] : [" AND expires_at = ?", [expiresAt]];
  return statement(
    `INSERT INTO removals (uri, sha256, bytes, removed_at, verb, origin, identity)
     SELECT ?, ?, CAST(? AS BIGINT), ?, 'abandon', ?, ? WHERE EXISTS (SELECT 1 FROM leases WHERE id = ?${still})${unless.sql}
       AND NOT EXISTS (SELECT 1 FROM documents WHERE storage_uri = ?)
       AND NOT EXISTS (SELECT 1 FROM variants WHERE storage_uri = ?)`,
    uri,
    sha256,
    bytes,
    now,
    origin,
    identity,
    id,
    ...values,
    ...unless.values,
    uri,
    uri,
  );
}

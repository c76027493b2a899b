import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlStatement, SqlValue } from "../../ports/sql.ts";
import type { BlobOrigin } from "../leases/lease.ts";
import { whileLeased } from "../leases/lease-statements.ts";
import { statement } from "../records/columns.ts";
import type { Leased } from "../register/register-statements.ts";

/** So much of a hash tells placed bytes from others. */
const HASH_START = 16;

/** Writes down that this catalog put the bytes of a lease at its place, as long as the lease is there. */
export function insertPlaced(lease: string): SqlStatement {
  return statement(
    `INSERT INTO placed (uri, sha256_start) SELECT uri, substr(sha256, 1, ${HASH_START}) FROM leases WHERE id = ?
     ON CONFLICT (uri) DO UPDATE SET sha256_start = excluded.sha256_start`,
    lease,
  );
}

/** Gives a row if a lease, one that has ended too, says that a file got a place from this catalog. */
export function selectOwnFile(uri: StorageUri, identity: string): SqlStatement {
  return statement(
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM leases WHERE uri = ? AND identity = ?)
       OR EXISTS (SELECT 1 FROM removals WHERE uri = ? AND identity = ? AND verb = 'abandon')`,
    uri,
    identity,
    uri,
    identity,
  );
}

/** Follows placed bytes to where somebody moved them: they are the same as long as they have their hash. */
export function relocatePlaced(from: StorageUri, to: StorageUri, { lease }: Leased): SqlStatement {
  const leased = whileLeased(lease);
  return statement(
    `UPDATE placed SET uri = ? WHERE uri = ? AND NOT EXISTS (SELECT 1 FROM placed WHERE uri = ?)${leased.sql}`,
    to,
    from,
    to,
    ...leased.values,
  );
}

/** Tells the names of layout `cas` in the root of a catalog. */
export interface RootNames {
  /** What the URIs of all of them begin with. @default the catalog has no root */
  readonly casStart?: string | undefined;
}

/** The one row whose blob is about to lose a reference. */
export interface ReferringRow extends RootNames {
  /** Its table, which the statement selects from. */
  readonly table: "documents" | "variants";
  /** Part of a WHERE clause that names it. */
  readonly where: string;
  /** The parameters of `where`. */
  readonly values: readonly SqlValue[];
}

/** `/ab/cdef…`, with which a name of layout `cas` ends, has so many characters. */
const HASH_PART = 66;

/**
 * A column that says whose the blob of a row is, and its parameters. It asks for the row once more where it looks into
 * other tables: a statement that inserts may name no later table but in conditions, and these may not depend on a row.
 */
export function originColumn({ table, where, values, casStart }: ReferringRow): {
  readonly sql: string;
  readonly values: readonly SqlValue[];
} {
  const uri = `${table}.storage_uri`;
  const sha256 = `${table}.sha256`;
  const length = casStart?.length ?? 0;
  const cas = [length, casStart ?? null, length + HASH_PART];
  // As parameters: two of them are the names of tables, and so would be taken for these in the text.
  const [placed, inPlace, registered] = ["placed", "in_place", "registered"] as const satisfies readonly BlobOrigin[];
  return {
    sql: `CASE WHEN substr(${uri}, 1, ?) = ? AND length(${uri}) > ?
         AND substr(${uri}, length(${uri}) - ${HASH_PART - 1}) = '/' || substr(${sha256}, 1, 2) || '/' || substr(${sha256}, 3)
       THEN ? WHEN EXISTS (SELECT 1 FROM ${table} JOIN placed ON placed.uri = ${uri}
         WHERE ${where} AND placed.sha256_start = substr(${sha256}, 1, ${HASH_START}))
       THEN ? WHEN EXISTS (SELECT 1 FROM ${table} JOIN in_place ON in_place.uri = ${uri} WHERE ${where})
       THEN ? ELSE ? END`,
    values: [...cas, placed, ...values, placed, ...values, inPlace, registered],
  };
}

import type { SqlStatement } from "../../../ports/sql.ts";
import { boundedText, statement } from "../../records/columns.ts";
import { inList } from "../marks/mark-statements.ts";

/** Which names of layout `policy_path` a catalog gave to bytes: the URI, and how the hash of the bytes begins. */
export function selectPlaced(uris: readonly string[]): SqlStatement {
  return statement(`SELECT uri, sha256_start FROM placed WHERE uri IN ${inList(uris)}`, ...uris);
}

/**
 * Which files got their names from leases that came to no row, or were on their way out when a collector ended: URI,
 * identity, size, hash, and what did it.
 */
export function selectKnownFiles(uris: readonly string[]): SqlStatement {
  return statement(
    `SELECT uri, ${boundedText("identity")}, bytes, ${boundedText("sha256")}, verb FROM removals
     WHERE uri IN ${inList(uris)} AND verb IN ('abandon', 'gc') AND origin = ? AND identity IS NOT NULL ORDER BY id`,
    ...uris,
    "placed",
  );
}

/** When the last reference to each of some names went, as far as that is on record. */
export function selectLastRemovals(uris: readonly string[]): SqlStatement {
  return statement(
    `SELECT uri, MAX(removed_at) FROM removals WHERE uri IN ${inList(uris)} GROUP BY uri ORDER BY uri`,
    ...uris,
  );
}

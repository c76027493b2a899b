import type { SqlStatement } from "../../../ports/sql.ts";
import { boundedText, statement } from "../../records/columns.ts";
import { inList } from "../marks/mark-statements.ts";

/** Which names of layout `policy_path` a catalog gave to bytes: the URI, and how the hash of the bytes begins. */
export function selectPlaced(uris: readonly string[]): SqlStatement {
  return statement(`SELECT uri, sha256_start FROM placed WHERE uri IN ${inList(uris)}`, ...uris);
}

/** Which files got their names from leases that came to no row: URI, identity, size, hash. */
export function selectAbandoned(uris: readonly string[]): SqlStatement {
  return statement(
    `SELECT uri, ${boundedText("identity")}, bytes, ${boundedText("sha256")} FROM removals
     WHERE uri IN ${inList(uris)} AND verb = 'abandon' AND origin = ? AND identity IS NOT NULL ORDER BY id`,
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

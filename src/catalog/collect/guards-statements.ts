import type { SqlStatement } from "../../ports/sql.ts";
import { statement } from "../records/columns.ts";

/** Where the catalog's own clock wrote when something happened. */
const OWN_TIMES = [
  ["documents", "updated_at"],
  ["removals", "removed_at"],
  ["leases", "taken_at"],
  ["trash", "trashed_at"],
] as const;

/** The newest time above another one, of each table; what cannot be a time does not count. Goes once through each table. */
export function selectNewestTimes(above: string): SqlStatement {
  const newest = OWN_TIMES.map(
    ([table, column]) =>
      `SELECT MAX(${column}) AS newest FROM ${table} WHERE ${column} > ? AND ${column} < ':' AND LENGTH(${column}) = 24`,
  );
  return statement(`SELECT MAX(newest) FROM (${newest.join(" UNION ALL ")}) AS times`, ...OWN_TIMES.map(() => above));
}

/** A row, or the record of one that was removed, if there is any. */
export function selectAnythingOnRecord(): SqlStatement {
  return statement(
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM documents) OR EXISTS (SELECT 1 FROM variants) OR EXISTS (SELECT 1 FROM removals)",
  );
}

/** Forgets since when anything is known to be unreferenced. */
export function deleteOrphans(): SqlStatement {
  return statement("DELETE FROM orphans");
}

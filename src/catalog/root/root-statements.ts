import type { SqlStatement } from "../../ports/sql.ts";
import { boundedText, statement } from "../records/columns.ts";

/** In `meta`: the sequence that a root had seen when the catalog was found to be an older one. */
export const OLDER_THAN = "root_older_than";

/** Id and place of rows, or of rows that were removed, in the order of their ids. */
export function selectPlaces(
  table: "documents" | "variants" | "removals",
  afterId: number,
  limit: number,
): SqlStatement {
  const sql = `SELECT id, ${boundedText(table === "removals" ? "uri" : "storage_uri")} FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`;
  return statement(sql, afterId, limit);
}

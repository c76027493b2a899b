import type { SqlStatement } from "../../ports/sql.ts";
import { boundedText, statement } from "../records/columns.ts";

/** Id and place of rows, in the order of their ids. */
export function selectPlaces(table: "documents" | "variants", afterId: number, limit: number): SqlStatement {
  const sql = `SELECT id, ${boundedText("storage_uri")} FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`;
  return statement(sql, afterId, limit);
}

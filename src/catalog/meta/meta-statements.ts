import type { SqlStatement } from "../../ports/sql.ts";
import { boundedText, statement } from "../records/columns.ts";

/** Sets a value of the catalog about itself unless it is set. */
export function insertMeta(key: string, value: string): SqlStatement {
  return statement("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING", key, value);
}

/** A value of the catalog about itself. */
export function selectMeta(key: string): SqlStatement {
  return statement(`SELECT ${boundedText("value")} FROM meta WHERE key = ?`, key);
}

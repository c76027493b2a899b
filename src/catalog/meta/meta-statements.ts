import type { SqlStatement } from "../../ports/sql.ts";
import { boundedText, statement } from "../records/columns.ts";

/** Sets a value of the catalog about itself unless it is set. */
export function insertMeta(key: string, value: string): SqlStatement {
  return statement("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING", key, value);
}

/** Sets a value of the catalog about itself, in place of one that is there. */
export function setMeta(key: string, value: string): SqlStatement {
  const sql = "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
  return statement(sql, key, value);
}

/** Removes a value of the catalog about itself. */
export function deleteMeta(key: string): SqlStatement {
  return statement("DELETE FROM meta WHERE key = ?", key);
}

/** A value of the catalog about itself. */
export function selectMeta(key: string): SqlStatement {
  return statement(`SELECT ${boundedText("value")} FROM meta WHERE key = ?`, key);
}

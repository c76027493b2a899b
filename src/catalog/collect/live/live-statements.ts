import type { SqlStatement } from "../../../ports/sql.ts";
import { statement } from "../../records/columns.ts";

/** The tables whose rows say where bytes are. */
export type NamingTable = "documents" | "variants";

/** The next rows behind `afterId`: their ids, URIs and sizes. */
export function selectNamed(table: NamingTable, afterId: number, size: number): SqlStatement {
  return statement(`SELECT id, storage_uri, bytes FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`, afterId, size);
}

/** The next leases behind `afterId`: their ids and URIs. When their time is over is for their own catalog to tell. */
export function selectLeased(afterId: string, size: number): SqlStatement {
  return statement("SELECT id, uri FROM leases WHERE id > ? ORDER BY id LIMIT ?", afterId, size);
}

/** Asks for nothing: with it an engine looks at what others have committed. */
export function selectNothing(): SqlStatement {
  return statement("SELECT 1");
}

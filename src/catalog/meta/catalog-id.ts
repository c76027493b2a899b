import type { Entropy } from "../../ports/entropy.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { insertMeta, selectMeta } from "./meta-statements.ts";

/** Gives a new catalog its id, once. */
export async function ensureCatalogId(sql: SqlEngine, entropy: Entropy): Promise<void> {
  const rows = await sql.query(selectMeta("catalog_id"));
  if (rows.length === 0) await sql.batch([insertMeta("catalog_id", entropy.nonce())]);
}

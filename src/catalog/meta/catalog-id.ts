import { CatalogError } from "../../errors.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { describeValue } from "../records/damaged-row.ts";
import { insertMeta, selectMeta } from "./meta-statements.ts";

/**
 * The id that the catalog was given; `undefined` before that.
 * @throws {CatalogError} CORRUPT when it is none: files are named after it
 */
export async function findCatalogId(sql: SqlEngine): Promise<string | undefined> {
  const [row] = await sql.query(selectMeta("catalog_id"));
  const id = row?.[0];
  if (id === undefined || (typeof id === "string" && /^[0-9a-f]{32}$/.test(id))) return id;
  const reason = `its catalog_id is ${describeValue(id)}`;
  throw new CatalogError("CORRUPT", `Cannot use the table meta: ${reason}`, {
    details: { reason },
    hint: "Restore the last backup, or set it to the name of the file in the folder .content-catalog of the root.",
  });
}

/** Gives a new catalog its id, once. */
export async function ensureCatalogId(sql: SqlEngine, entropy: Entropy): Promise<void> {
  const rows = await sql.query(selectMeta("catalog_id"));
  if (rows.length === 0) await sql.batch([insertMeta("catalog_id", entropy.nonce())]);
}

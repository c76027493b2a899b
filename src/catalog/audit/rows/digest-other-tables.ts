import type { SqlRow, SqlValue } from "../../../ports/sql.ts";
import type { AuditContext } from "../audit-context.ts";
import type { AuditOptions, TableDigest } from "../audit-options.ts";
import { type AuditedTable, OTHER_TABLES, selectRowsBehind } from "./audit-statements.ts";
import { RowDigest } from "./row-digest.ts";

/** So many rows are read at once. */
const PAGE = 5000;

/**
 * Counts and hashes the rows of all tables that are not looked at row by row.
 * @throws {CatalogError} what the engine throws
 */
export async function digestOtherTables(context: AuditContext, options: AuditOptions): Promise<readonly TableDigest[]> {
  const digests: TableDigest[] = [];
  for (const table of OTHER_TABLES) digests.push(await digestTable(context, table, options));
  return digests;
}

async function digestTable(
  { sql, hashers }: AuditContext,
  table: AuditedTable,
  { signal }: AuditOptions,
): Promise<TableDigest> {
  const digest = await RowDigest.create(table.name, hashers);
  const at = Object.keys(table.key).map((column) => table.columns.indexOf(column));
  for (let after: readonly SqlValue[] | undefined = Object.values(table.key); after !== undefined; ) {
    const rows = await sql.query(selectRowsBehind(table, after, PAGE), { signal });
    await digest.add(rows);
    const last = rows.length < PAGE ? undefined : (rows.at(-1) as SqlRow);
    after = last && at.map((index) => last[index] as SqlValue);
  }
  return digest.finish();
}

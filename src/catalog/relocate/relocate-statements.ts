import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { whileLeased } from "../leases/lease-statements.ts";
import { boundedText, statement } from "../records/columns.ts";
import type { Leased } from "../register/register-statements.ts";

/** The tables whose rows say where bytes are. */
export type StoredTable = "documents" | "variants";

/** What {@link selectStoredFiles} reads of each: id, document, name of the variant, URI, size. */
const COLUMNS: Readonly<Record<StoredTable, string>> = {
  documents: `id, id, NULL, ${boundedText("storage_uri")}, bytes`,
  variants: `id, document_id, ${boundedText("variant")}, ${boundedText("storage_uri")}, bytes`,
};

/** The next rows behind `afterId` that name a file. Not by the index of URIs, which has them in another order. */
export function selectStoredFiles(table: StoredTable, afterId: number, size: number): SqlStatement {
  return statement(
    `SELECT ${COLUMNS[table]} FROM ${table} WHERE id > ? AND substr(storage_uri, 1, 5) = 'file:' ORDER BY id LIMIT ?`,
    afterId,
    size,
  );
}

/** Which row is relocated, from where to where. */
export interface RowMove extends Leased {
  /** Of the row, in its table. */
  readonly id: number;
  /** The URI that the row has to have, or it stays as it is. */
  readonly from: string;
  /** The URI that it gets. */
  readonly to: string;
}

/** Relocates a row, if it is still where it was. */
export function relocateRow(table: StoredTable, { id, from, to, lease }: RowMove, now: Timestamp): SqlStatement {
  const leased = whileLeased(lease);
  const which = `WHERE id = ? AND storage_uri = ?${leased.sql}`;
  return table === "documents"
    ? statement(`UPDATE documents SET storage_uri = ?, updated_at = ? ${which}`, to, now, id, from, ...leased.values)
    : statement(`UPDATE variants SET storage_uri = ? ${which}`, to, id, from, ...leased.values);
}

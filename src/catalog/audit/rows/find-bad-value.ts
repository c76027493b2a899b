import { isRealTimestamp, type Timestamp } from "../../../core/timestamp.ts";
import { isCatalogError } from "../../../errors.ts";
import type { SqlRow, SqlValue } from "../../../ports/sql.ts";
import type { NamingTable } from "../../collect/live/live-statements.ts";
import { damagedRowError, describeValue } from "../../records/damaged-row.ts";
import { documentFromRow, isDocumentRow, variantFromRow } from "../../records/rows.ts";
import { type AuditFinding, type AuditReason, auditFinding } from "../audit-finding.ts";
import { NAMING_FIELDS } from "./audit-statements.ts";

/** Why a value of a column cannot be; any other is a `value`. */
const REASONS: Readonly<Record<string, AuditReason>> = {
  storage_uri: "uri",
  sha256: "hash",
  created_at: "time",
  updated_at: "time",
};

/** The first value of a row that cannot be, if there is one. A row has all columns of its table. */
export function findBadValue(table: NamingTable, row: SqlRow): AuditFinding | undefined {
  try {
    if (table === "variants") variantFromRow(row);
    else if (!isDocumentRow(row)) documentFromRow(row);
  } catch (error) {
    if (!isCatalogError(error, "CORRUPT")) throw error;
    return badRow(error.message, { table, row, column: error.details.row?.column ?? "" });
  }
  for (const at of TIMES[table]) {
    // A time by its form, as was just seen.
    if (isRealTimestamp(row[at] as Timestamp)) continue;
    const column = NAMING_FIELDS[table][at] ?? "";
    const { message } = damagedRowError({ table, id: row[0], column, value: row[at], owner: undefined });
    return badRow(message, { table, row, column });
  }
  return undefined;
}

/** Where the times of a row are. */
const TIMES: Readonly<Record<NamingTable, readonly number[]>> = {
  documents: [NAMING_FIELDS.documents.indexOf("created_at"), NAMING_FIELDS.documents.indexOf("updated_at")],
  variants: [NAMING_FIELDS.variants.indexOf("created_at")],
};

/** A row whose URI is not the one that its place has. */
export function uriNotCanonical(table: NamingTable, row: SqlRow, canonical: string): AuditFinding {
  const uri = valueIn(table, { row, column: "storage_uri" });
  const { message } = damagedRowError({ table, id: row[0], column: "storage_uri", value: uri, owner: undefined });
  return badRow(`${message}, and is to be ${describeValue(canonical)}`, { table, row, column: "storage_uri" });
}

/** What a row has in a column. */
export function valueIn(
  table: NamingTable,
  { row, column }: { readonly row: SqlRow; readonly column: string },
): SqlValue | undefined {
  return row[NAMING_FIELDS[table].indexOf(column)];
}

function badRow(
  message: string,
  { table, row, column }: { readonly table: NamingTable; readonly row: SqlRow; readonly column: string },
): AuditFinding {
  const uri = valueIn(table, { row, column: "storage_uri" });
  return auditFinding({
    kind: "bad_row",
    reason: REASONS[column] ?? "value",
    message: message.replace(/^Cannot read /, ""),
    uri: typeof uri === "string" ? uri : null,
    row: { table, id: idOf(row) },
  });
}

/** The id of a row, where it is one that could be given. */
export function idOf([id]: SqlRow): number | null {
  return typeof id === "number" && Number.isSafeInteger(id) && id > 0 ? id : null;
}

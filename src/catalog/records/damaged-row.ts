import { quote } from "../../core/messages/quote.ts";
import { cleanSecrets } from "../../core/secrets/clean-secrets.ts";
import { CatalogError } from "../../errors.ts";
import type { SqlValue } from "../../ports/sql.ts";

/** A value that may not stand where it does. */
export interface DamagedValue {
  /** Of the database. */
  readonly table: "documents" | "variants";
  /** What the column `id` holds. */
  readonly id: SqlValue | undefined;
  /** The column with the value. */
  readonly column: string;
  /** What it holds. */
  readonly value: SqlValue | undefined;
  /** The document to remove for it to go; `undefined` when it has no id that could be given. */
  readonly owner: number | undefined;
}

/** Characters of a value that are shown. */
const SHOWN = 60;

/** The error for a row that another program wrote, or that was damaged. */
export function damagedRowError({ table, id, column, value, owner }: DamagedValue): CatalogError<"CORRUPT"> {
  const row = typeof id === "number" && Number.isSafeInteger(id) ? id : null;
  const name = `${table === "documents" ? "document" : "variant"} ${row ?? describeValue(id)}`;
  const reason = `its ${column} is ${describeValue(value)}`;
  return new CatalogError("CORRUPT", `Cannot read ${name}: ${reason}`, {
    details: { reason, row: { table, id: row, column } },
    hint:
      owner === undefined
        ? `Close every program that uses the catalog, and correct the table ${table} with the sqlite3 shell.`
        : `Correct the row with the sqlite3 shell, or take it out: catalog remove ${owner}`,
  });
}

/** A value of any type and length for a message. */
export function describeValue(value: SqlValue | undefined): string {
  if (value instanceof Uint8Array) return `a BLOB of ${value.byteLength} bytes`;
  if (typeof value !== "string") return value === null || value === undefined ? "NULL" : String(value);
  const [, bytes, start = ""] = /^(\d{5,}) bytes: (.*)/s.exec(value.slice(0, 200)) ?? [];
  if (bytes !== undefined) return `a text of ${bytes} bytes, ${quoteStart(start)}`;
  if (value.length > SHOWN) return `a text of ${value.length} characters, ${quoteStart(value)}`;
  return quote(cleanSecrets(value));
}

/** The start of a text. Of a URL that was cut nobody can tell where its secrets end. */
function quoteStart(text: string): string {
  const [scheme] = /^[a-z][\w+.-]*:/i.exec(text) ?? [];
  return scheme === undefined ? quote(text, SHOWN) : quote(`${scheme}…`);
}

import { isCatalogError } from "../../../../errors.ts";
import type { SqlDamage } from "../../../../ports/sql.ts";
import type { Loaded } from "../protocol/store.ts";

/** Up to this size each index is compared with its table, which takes three times as long. In bytes. */
const SMALL_BYTES = 64 * 1024 * 1024;

const SIZE = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";

const FOREIGN_KEYS = `SELECT "table", "parent", COUNT(*) FROM pragma_foreign_key_check
  GROUP BY "table", "parent" ORDER BY "table", "parent"`;

/** Pages, rows and indexes that are not what they should be, as SQLite tells them: at most a hundred. */
export function checkIntegrity({ replica }: Loaded): readonly SqlDamage[] {
  return orDamage(() => {
    const [size] = replica.inspect(SIZE);
    const check = Number(size?.[0]) <= SMALL_BYTES ? "integrity_check" : "quick_check";
    const lines = replica.inspect(`PRAGMA ${check}`).map(([line]) => String(line).replaceAll("\n", " "));
    return lines.filter((line) => line !== "ok").map((message) => ({ kind: "integrity", message }));
  });
}

/** Rows that refer to rows which are not there: one for each table and what it refers to. */
export function checkForeignKeys({ replica }: Loaded): readonly SqlDamage[] {
  return orDamage(() =>
    replica.inspect(FOREIGN_KEYS).map(([table, parent, rows]) => {
      const message = `${String(rows)} rows of ${String(table)} refer to rows of ${String(parent)} that are not there`;
      return { kind: "foreign_key", message, table: String(table) };
    }),
  );
}

/** What SQLite cannot go on with is damage as well. */
function orDamage(look: () => readonly SqlDamage[]): readonly SqlDamage[] {
  try {
    return look();
  } catch (error) {
    if (!isCatalogError(error, "CORRUPT")) throw error;
    return [{ kind: "integrity", message: error.details.reason }];
  }
}

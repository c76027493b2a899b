import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { BEFORE_ALL } from "../records/columns.ts";
import { type Pin, pinFromRow } from "./pin.ts";
import { selectPins } from "./pin-rows-statements.ts";

/** So many pins are read at once. */
const PAGE = 1000;

/** All pins, in the order in which they were set first. */
export async function* listPins(
  { sql }: Pick<CatalogContext, "sql">,
  { signal }: CallOptions,
): AsyncGenerator<Pin, void, undefined> {
  for (let after: number | undefined = BEFORE_ALL; after !== undefined; ) {
    const rows = await sql.query(selectPins(after, PAGE), { signal });
    for (const [, ...pin] of rows) yield pinFromRow(pin);
    after = rows.length < PAGE ? undefined : Number(rows.at(-1)?.[0]);
  }
}

import { isCatalogError } from "../../../errors.ts";
import type { SqlEngine, SqlRow, SqlStatement } from "../../../ports/sql.ts";
import type { CallOptions } from "../../call-options.ts";
import { BEFORE_ALL } from "../../records/columns.ts";

/** How a page is asked for. */
export interface PageRequest {
  /** The id before the first row. */
  readonly afterId: number;
  /** How many rows at most. */
  readonly size: number;
  /** No text is to be read that is too long, which takes longer. */
  readonly bounded: boolean;
}

/** Reads a table by id, whose rows begin with that, as it is when the first page is read. */
export async function* readInPages(
  sql: Pick<SqlEngine, "query">,
  select: (page: PageRequest) => SqlStatement,
  { size, signal }: CallOptions & { readonly size: number },
): AsyncGenerator<readonly SqlRow[], void, undefined> {
  for (let afterId: number | undefined = BEFORE_ALL; afterId !== undefined; ) {
    const options = { fresh: afterId === BEFORE_ALL, signal };
    let rows: readonly SqlRow[];
    try {
      rows = await sql.query(select({ afterId, size, bounded: false }), options);
    } catch (error) {
      // A text that no string can hold fails the page.
      if (!isCatalogError(error, "CORRUPT")) throw error;
      rows = await sql.query(select({ afterId, size, bounded: true }), options);
    }
    if (rows.length > 0) yield rows;
    afterId = rows.length < size ? undefined : Number(rows.at(-1)?.[0]);
  }
}

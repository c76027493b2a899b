import type { BlobStore } from "../../ports/blob-store.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { BEFORE_ALL } from "../records/columns.ts";
import { selectPlaces } from "./root-statements.ts";

const PAGE_ROWS = 5000;

/** What {@link lookForRowsOf} found. */
export interface RowsOfRoot {
  /** Whether a row names a place in the root. */
  readonly found: boolean;
  /** How many rows were looked at. */
  readonly rows: number;
}

/** Options of {@link lookForRowsOf}. */
export interface LookForRowsOptions {
  /** Whether rows that were removed count, too. @default false */
  readonly removals?: boolean | undefined;
}

/** Looks for a row that names a place in the root of a store, through all rows until one does. */
export async function lookForRowsOf(
  sql: SqlEngine,
  store: BlobStore,
  { removals = false }: LookForRowsOptions = {},
): Promise<RowsOfRoot> {
  let looked = 0;
  for (const table of ["documents", "variants", ...(removals ? (["removals"] as const) : [])] as const) {
    for (let last = BEFORE_ALL; ; ) {
      const rows = await sql.query(selectPlaces(table, last, PAGE_ROWS));
      looked += rows.length;
      if (rows.some(([, uri]) => typeof uri === "string" && store.findKey(uri) !== undefined)) {
        return { found: true, rows: looked };
      }
      const [id] = rows.at(-1) ?? [];
      if (typeof id !== "number" || rows.length < PAGE_ROWS) break;
      last = id;
    }
  }
  return { found: false, rows: looked };
}

import type { SqlEngine } from "../../ports/sql.ts";
import { selectMeta } from "../meta/meta-statements.ts";
import { selectNewestTimes } from "./guards-statements.ts";

/** In `meta`: a time of a clock that was ahead, up to which no time on record counts any more. */
export const CLOCK_ADOPTED = "clock_adopted";

/** The newest time above another one that the catalog's own clock wrote, and that was not adopted; else `undefined`. */
export async function findNewestTime(sql: SqlEngine, above: string): Promise<string | undefined> {
  const [adopted] = await sql.query(selectMeta(CLOCK_ADOPTED));
  const limit = typeof adopted?.[0] === "string" && adopted[0] > above ? adopted[0] : above;
  const [row] = await sql.query(selectNewestTimes(limit));
  return typeof row?.[0] === "string" ? row[0] : undefined;
}

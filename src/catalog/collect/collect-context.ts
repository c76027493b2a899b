import type { SqlEngine } from "../../ports/sql.ts";
import type { PlacingContext } from "../placing/placing-context.ts";

/** What a collection works with. */
export interface CollectContext extends PlacingContext {
  /** The catalog. */
  readonly sql: SqlEngine;
  /** Path or URL of the catalog without credentials; empty for one in memory. */
  readonly catalogPath: string;
}

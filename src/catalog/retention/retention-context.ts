import type { SqlEngine } from "../../ports/sql.ts";
import type { PlacingContext } from "../placing/placing-context.ts";

/** What retention works with. */
export interface RetentionContext extends PlacingContext {
  /** The catalog. */
  readonly sql: SqlEngine;
}

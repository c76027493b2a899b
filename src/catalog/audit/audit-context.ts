import type { CollectContext } from "../collect/collect-context.ts";

/** What an audit works with. */
export interface AuditContext extends CollectContext {
  /** Nothing is written, not even to give back what a collector took. */
  readonly readOnly: boolean;
}

import type { CapabilityContext } from "../capability-context.ts";
import { storelessError } from "../disabled.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { formatPlan } from "../plan/format-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { readPlan } from "../plan/read-plan.ts";
import type { CollectContext } from "./collect-context.ts";
import type { ApplyOptions, ApplySummary, CollectOptions, CollectPlan } from "./collect-options.ts";

/** Collects what nothing refers to. */
export interface CollectCapability {
  /**
   * Looks what lies below the root, which of it nothing refers to, and since when, and plans what may go. Nothing is taken;
   * unless `dryRun` it is noted when each orphan was first seen.
   * @throws {CatalogError} REFUSED when a guard says no; UNSUPPORTED where blobs cannot be taken out of their names
   */
  planCollect(options?: CollectOptions): Promise<CollectPlan>;
  /** A plan as lines of JSON, each with its line feed: a head, a line for each action, and a foot that seals it. */
  formatPlan(plan: Plan): AsyncIterable<string>;
  /**
   * Reads a plan that was written, and checks its seal. It is read again when it is applied, and never held in memory:
   * `open` gives the text anew with each call, in pieces of any size.
   * @throws {CatalogError} REFUSED for one that is cut, edited, of another catalog or root, or that names what it may not
   */
  readPlan(open: () => AsyncIterable<string>): Promise<Plan>;
  /**
   * Does what a plan of `planCollect`, `planDedup` or `planRetention` says, each line looked at again; what no longer holds
   * is a finding. What was said to be done is durable, whatever ends it, and the next one goes on.
   * @throws {CatalogError} REFUSED when a guard says no; nothing was deleted then
   */
  apply(plan: Plan, options?: ApplyOptions): Promise<ApplySummary>;
}

/** The methods of {@link CollectCapability}. */
export function createCollectCapability(context: CapabilityContext): CollectCapability {
  const { sql, homes, keeping } = context;
  const withSql = (placing: PlacingContext): CollectContext => {
    return { ...placing, sql, catalogPath: placing.settings.catalogPath, homes };
  };
  const readable = (): CollectContext => {
    if (context.placing === undefined) throw storelessError();
    return withSql(context.placing);
  };
  const writable = (): CollectContext => withSql(context.requirePlacing());
  return {
    planCollect: async (options = {}) => {
      const { orphanTtlDays = keeping.orphanTtlDays } = options;
      // Loaded when it is asked for, so that opening a catalog for one answer stays quick.
      const { planCollect } = await import("./plan-collect.ts");
      return planCollect(options.dryRun === true ? readable() : writable(), { ...options, orphanTtlDays });
    },
    formatPlan: (plan) => formatPlan(plan, context.hashers.core),
    readPlan: async (open) => readPlan(readable(), open),
    apply: async (plan, options = {}) => {
      if (plan.head.verb === "dedup") {
        const { applyDedup } = await import("../dedup/apply-dedup.ts");
        return applyDedup(writable(), plan, options);
      }
      if (plan.head.verb === "retention") {
        const { applyRetention } = await import("../retention/apply-retention.ts");
        return applyRetention(writable(), plan, options);
      }
      const { applyPlan } = await import("./apply-plan.ts");
      return applyPlan(writable(), plan, { ...options, trashTtlDays: keeping.trashTtlDays });
    },
  };
}

import type { RetentionPolicy } from "../../core/retention/policy.ts";
import type { CapabilityContext } from "../capability-context.ts";
import { storelessError } from "../disabled.ts";
import type { RetentionOptions, RetentionPlan } from "./retention-options.ts";

/** Decides which rows stay. */
export interface RetentionCapability {
  /**
   * Plans which rows a policy drops and which it keeps, each with its reason; `apply` does it. A policy without a rule goes
   * by the setting `retention_days`. Nothing is changed.
   * @throws {CatalogError} REFUSED (`empty policy`) for one that has nothing to go by, and (`all rows`) for one that would
   * drop every row; UNSUPPORTED where the free space that a policy asks for cannot be told
   * @throws {RangeError} for a number that cannot be, and for rules that contradict each other
   */
  planRetention(policy: RetentionPolicy, options?: RetentionOptions): Promise<RetentionPlan>;
}

/** The methods of {@link RetentionCapability}. */
export function createRetentionCapability(context: CapabilityContext): RetentionCapability {
  return {
    planRetention: async (policy, options = {}) => {
      const { placing, sql, keeping, readOnly } = context;
      if (placing === undefined) throw storelessError();
      // Loaded when it is asked for, so that opening a catalog for one answer stays quick.
      const { planRetention } = await import("./plan-retention.ts");
      return planRetention({ ...placing, sql }, policy, { ...options, defaults: keeping, readOnly });
    },
  };
}

import type { CapabilityContext } from "../capability-context.ts";
import { storelessError } from "../disabled.ts";
import type { DedupOptions, DedupPlan } from "./dedup-options.ts";
import { type DuplicateGroup, type DuplicatesOptions, findDuplicates } from "./find-duplicates.ts";
import { planDedup } from "./plan-dedup.ts";

/** Finds bytes that are stored more than once. */
export interface DedupCapability {
  /** Groups of documents with the same bytes, those that waste most first. */
  findDuplicates(options?: DuplicatesOptions): Promise<readonly DuplicateGroup[]>;
  /**
   * Plans which files below the root get the bytes of another one that has the same: `apply` does it, when it has read
   * both. Nothing is changed.
   * @throws {CatalogError} UNSUPPORTED where no two names can share their bytes
   */
  planDedup(options?: DedupOptions): Promise<DedupPlan>;
}

/** The methods of {@link DedupCapability}. */
export function createDedupCapability(context: CapabilityContext): DedupCapability {
  const store = context.placing?.store;
  return {
    findDuplicates: async (options = {}) => findDuplicates({ ...context, store }, options),
    planDedup: async (options = {}) => {
      const { placing, sql } = context;
      if (placing === undefined) throw storelessError();
      return planDedup({ ...placing, sql, catalogPath: placing.settings.catalogPath }, options);
    },
  };
}

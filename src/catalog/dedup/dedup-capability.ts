import type { CapabilityContext } from "../capability-context.ts";
import { storelessError } from "../disabled.ts";
import type { DedupOptions, DedupPlan } from "./dedup-options.ts";
import type { DuplicateGroup, DuplicatesOptions, DuplicatesReport } from "./find-duplicates.ts";
import { planDedup } from "./plan-dedup.ts";
import { reportDuplicates } from "./report-duplicates.ts";

/** Finds bytes that are stored more than once. */
export interface DedupCapability {
  /** Groups of documents with the same bytes, those that waste most first. */
  findDuplicates(options?: DuplicatesOptions): Promise<readonly DuplicateGroup[]>;
  /** The same with what all of them come to, by resolver and by media type. */
  reportDuplicates(options?: DuplicatesOptions): Promise<DuplicatesReport>;
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
    findDuplicates: async (options = {}) => (await reportDuplicates({ ...context, store }, options)).groups,
    reportDuplicates: async (options = {}) => reportDuplicates({ ...context, store }, options),
    planDedup: async (options = {}) => {
      const { placing, sql } = context;
      if (placing === undefined) throw storelessError();
      return planDedup({ ...placing, sql, catalogPath: placing.settings.catalogPath }, options);
    },
  };
}

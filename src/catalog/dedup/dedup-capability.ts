import type { CapabilityContext } from "../capability-context.ts";
import { storelessError } from "../disabled.ts";
import type { DedupOptions, DedupPlan } from "./dedup-options.ts";
import type { DuplicateGroup, DuplicatesOptions, DuplicatesReport } from "./find-duplicates.ts";

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
  // Loaded when it is asked for, so that opening a catalog for one answer stays quick.
  const report = async (options: DuplicatesOptions): Promise<DuplicatesReport> => {
    const { reportDuplicates } = await import("./report-duplicates.ts");
    return reportDuplicates({ ...context, store }, options);
  };
  return {
    findDuplicates: async (options = {}) => (await report(options)).groups,
    reportDuplicates: async (options = {}) => report(options),
    planDedup: async (options = {}) => {
      const { placing, sql } = context;
      if (placing === undefined) throw storelessError();
      const { planDedup } = await import("./plan-dedup.ts");
      return planDedup({ ...placing, sql, catalogPath: placing.settings.catalogPath }, options);
    },
  };
}

import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { type CatalogStats, stats } from "./stats.ts";

/** Counts what is in the catalog. */
export interface StatsCapability {
  /** Figures about the whole catalog; they are counted on each call. */
  stats(options?: CallOptions): Promise<CatalogStats>;
}

/** The methods of {@link StatsCapability}. */
export function createStatsCapability(context: CatalogContext): StatsCapability {
  return { stats: async (options = {}) => stats(context, options) };
}

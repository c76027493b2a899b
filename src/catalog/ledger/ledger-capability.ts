import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import type { Incident } from "./history/incident.ts";
import { type Drift, listDrifts } from "./history/list-drifts.ts";
import { type IncidentsOptions, listIncidents } from "./history/list-incidents.ts";

/** Tells what verifying and repairing have found over time. */
export interface LedgerCapability {
  /** Each time that a blob turned bad, in order, and how that ended. A blob that stays bad has one incident. */
  listIncidents(options?: IncidentsOptions): AsyncIterable<Incident>;
  /** Which sources served other bytes than those on record when they were asked, by URL. */
  listDrifts(options?: CallOptions): AsyncIterable<Drift>;
}

/** The methods of {@link LedgerCapability}. */
export function createLedgerCapability({ sql }: CatalogContext): LedgerCapability {
  return {
    listIncidents: (options = {}) => listIncidents(sql, options),
    listDrifts: (options = {}) => listDrifts(sql, options),
  };
}

import type { CapabilityContext } from "../capability-context.ts";
import { relocate } from "./relocate.ts";
import type { RelocateOptions, RelocateSummary, Relocation } from "./relocate-options.ts";

/** Follows files that were moved. */
export interface RelocateCapability {
  /**
   * Rewrites where documents and variants are stored after their files were moved, so that `from` and what is below it
   * becomes `to`. A row goes if its file is there with its size; any other is a finding and stays. Doing it again
   * changes nothing.
   * @throws {CatalogError} NOT_FOUND when there is nothing at the new place; READ_ONLY and what else the engine throws
   */
  relocate(relocation: Relocation, options?: RelocateOptions): Promise<RelocateSummary>;
}

/** The methods of {@link RelocateCapability}. */
export function createRelocateCapability(context: CapabilityContext): RelocateCapability {
  const { store, leases } = context.placing ?? {};
  return { relocate: async (relocation, options = {}) => relocate({ ...context, store, leases }, relocation, options) };
}

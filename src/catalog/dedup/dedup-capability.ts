import type { CapabilityContext } from "../capability-context.ts";
import { type DuplicateGroup, type DuplicatesOptions, findDuplicates } from "./find-duplicates.ts";

/** Finds bytes that are stored more than once. */
export interface DedupCapability {
  /** Groups of documents with the same bytes, those that waste most first. */
  findDuplicates(options?: DuplicatesOptions): Promise<readonly DuplicateGroup[]>;
}

/** The methods of {@link DedupCapability}. */
export function createDedupCapability(context: CapabilityContext): DedupCapability {
  const store = context.placing?.store;
  return { findDuplicates: async (options = {}) => findDuplicates({ ...context, store }, options) };
}

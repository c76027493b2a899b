import type { CapabilityContext } from "../capability-context.ts";
import { type RemovedDocument, type RemoveOptions, remove } from "./remove.ts";

/** Removes documents from the catalog. */
export interface RemoveCapability {
  /**
   * Removes documents with their variants from the catalog and records it; the bytes stay where they are. No import
   * brings them back by itself; see `listTombstones`.
   */
  remove(ids: readonly number[], options?: RemoveOptions): Promise<readonly RemovedDocument[]>;
}

/** The methods of {@link RemoveCapability}. */
export function createRemoveCapability(context: CapabilityContext): RemoveCapability {
  return { remove: async (ids, options = {}) => remove(context, ids, options) };
}

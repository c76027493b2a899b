import type { CatalogContext } from "../context.ts";
import { type RemovedDocument, type RemoveOptions, remove } from "./remove.ts";

/** Removes documents from the catalog. */
export interface RemoveCapability {
  /** Removes documents with their variants from the catalog and records it; the bytes stay where they are. */
  remove(ids: readonly number[], options?: RemoveOptions): Promise<readonly RemovedDocument[]>;
}

/** The methods of {@link RemoveCapability}. */
export function createRemoveCapability(context: CatalogContext): RemoveCapability {
  return { remove: async (ids, options = {}) => remove(context, ids, options) };
}

import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { listTombstones } from "./find-tombstones.ts";
import type { Tombstone } from "./tombstone.ts";

/** Tells what was removed on purpose, and stays so. */
export interface TombstonesCapability {
  /**
   * What `remove` and `retention` took out, in order: `importManifest` and `add` with `recursive` pass the same bytes over,
   * under the same key or in the same file. A tombstone ends when somebody registers the bytes again.
   */
  listTombstones(options?: CallOptions): AsyncIterable<Tombstone>;
}

/** The methods of {@link TombstonesCapability}. */
export function createTombstonesCapability({ sql }: CatalogContext): TombstonesCapability {
  return { listTombstones: (options = {}) => listTombstones(sql, options) };
}

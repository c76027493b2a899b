import type { CallOptions } from "../call-options.ts";
import type { CapabilityContext } from "../capability-context.ts";
import { listTrash } from "../trash/list-trash.ts";
import type { TrashedBlob } from "../trash/trashed-blob.ts";
import { restore } from "./restore.ts";
import type { RestoreOptions, RestoreSummary, RestoreTargets } from "./restore-options.ts";

/** Brings back what was removed. */
export interface RestoreCapability {
  /**
   * Brings back rows that were removed, with their ids, their variants and their bytes, and bytes that were collected; with
   * `apply`, else it only says what it would do. Bytes are taken from where they lie still, else out of the trash; without
   * bytes there is no row. A name that others have by now stays theirs: the row gets another one. Doing it again changes
   * nothing.
   * @throws {TypeError} when a target is empty, has a NUL or is not well-formed Unicode
   * @throws {CatalogError} READ_ONLY with `apply` when the catalog was opened for reading
   * @throws {CatalogError} CONFLICT when another row has the id of one, or others get in the way each time
   */
  restore(targets: RestoreTargets, options?: RestoreOptions): Promise<RestoreSummary>;
  /** What lies in the trash of the root, in no order: until when, and for what. */
  listTrash(options?: CallOptions): AsyncIterable<TrashedBlob>;
}

/** The methods of {@link RestoreCapability}. */
export function createRestoreCapability(context: CapabilityContext): RestoreCapability {
  return {
    restore: async (targets, options = {}) => restore(context, targets, options),
    listTrash: (options = {}) => listTrash(context, context.placing?.store, options),
  };
}

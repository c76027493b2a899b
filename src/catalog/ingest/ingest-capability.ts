import type { CapabilityContext } from "../capability-context.ts";
import { type FinalizeOptions, finalize } from "./finalize.ts";
import { type IngestOptions, ingest } from "./ingest.ts";
import type { IngestMeta, IngestResult } from "./ingest-request.ts";
import type { IngestSource } from "./source-bytes.ts";

/** Stores bytes under the root and registers them. */
export interface IngestCapability {
  /**
   * Stores bytes under the root and registers them. On any error nothing is registered and no partial file stays.
   * @throws {CatalogError} REFUSED for a Response that is not ok; SIZE_MISMATCH, INTEGRITY when the bytes are not those
   * expected; UNAVAILABLE when they stall; UNSUPPORTED when the catalog was opened without a store
   */
  ingest(source: IngestSource, meta: IngestMeta, options?: IngestOptions): Promise<IngestResult>;
  /** Stores a file that was written already, and registers it; by default the file is moved. Errors are those of `ingest`. */
  finalize(path: string, meta: IngestMeta, options?: FinalizeOptions): Promise<IngestResult>;
}

/** The methods of {@link IngestCapability}. */
export function createIngestCapability(context: CapabilityContext): IngestCapability {
  const { onChange } = context;
  return {
    ingest: async (source, meta, options = {}) =>
      ingest(context.requirePlacing(), source, meta, { ...options, onChange: options.onChange ?? onChange }),
    finalize: async (path, meta, options = {}) =>
      finalize(context.requirePlacing(), path, meta, { ...options, onChange: options.onChange ?? onChange }),
  };
}

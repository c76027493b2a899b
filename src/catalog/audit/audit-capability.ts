import type { CapabilityContext } from "../capability-context.ts";
import { storelessError } from "../disabled.ts";
import type { AuditFinding } from "./audit-finding.ts";
import type { AuditOptions } from "./audit-options.ts";

/** Compares catalog and storage. */
export interface AuditCapability {
  /**
   * Catalog and storage against each other, both ways: each thing that is not as it should be. Sizes are compared, bytes
   * are not read. Nothing is changed but what a collector took which is gone: that gets its name back first, unless the
   * catalog was opened for reading. What is damaged does not end it: what can be told is told, and
   * {@link AuditSummary.untold} says what cannot.
   * @throws {CatalogError} UNSUPPORTED where the catalog has no store; BACKEND when the root is gone, after what can be told
   * besides; what listing the root throws
   */
  audit(options?: AuditOptions): AsyncIterable<AuditFinding>;
}

/** The methods of {@link AuditCapability}. */
export function createAuditCapability(context: CapabilityContext): AuditCapability {
  return {
    audit: async function* (options = {}) {
      const { placing, sql, homes, readOnly } = context;
      if (placing === undefined) throw storelessError();
      // Loaded when it is asked for, so that opening a catalog for one answer stays quick.
      const { audit } = await import("./audit.ts");
      yield* audit({ ...placing, sql, homes, readOnly, catalogPath: placing.settings.catalogPath }, options);
    },
  };
}

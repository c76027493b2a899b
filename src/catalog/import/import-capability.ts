import type { CapabilityContext } from "../capability-context.ts";
import { importManifest } from "./import-manifest.ts";
import type { ImportOptions, ImportSource, ImportSummary } from "./import-options.ts";

/** Imports what others have listed. */
export interface ImportCapability {
  /** Registers what a manifest lists. */
  importManifest(source: ImportSource, options?: ImportOptions): Promise<ImportSummary>;
}

/** The methods of {@link ImportCapability}. */
export function createImportCapability(context: CapabilityContext): ImportCapability {
  return {
    importManifest: async (source, options = {}) => {
      const placing = options.into === undefined ? context.placing : context.requirePlacing();
      const { onChange = context.onChange } = options;
      return importManifest({ ...context, placing }, source, { ...options, onChange });
    },
  };
}

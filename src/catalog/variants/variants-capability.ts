import { parseVariant, type VariantRecord, type VariantRegistration } from "../../core/document.ts";
import type { VariantResult } from "../../core/outcome.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import type { CallOptions } from "../call-options.ts";
import type { CapabilityContext } from "../capability-context.ts";
import { OwnUris } from "../files/own-uris.ts";
import { addVariant } from "./add-variant.ts";
import { findVariantsByHashPrefix, listVariants } from "./find-variants.ts";

/** Registers and finds other renderings of documents. */
export interface VariantsCapability {
  /** Registers another rendering of a document, or gives the one that has the name. */
  addVariant(documentId: number, variant: VariantRegistration, options?: CallOptions): Promise<VariantResult>;
  /** Variants whose hash begins with `prefix`, of at least 4 characters. */
  findVariantsByHashPrefix(prefix: string, options?: CallOptions): Promise<readonly VariantRecord[]>;
  /** Other renderings of a document, by id; none where there are none, nor such a document. */
  listVariants(documentId: number, options?: CallOptions): Promise<readonly VariantRecord[]>;
}

/** The methods of {@link VariantsCapability}. */
export function createVariantsCapability(context: CapabilityContext): VariantsCapability {
  const own = context.placing && new OwnUris(context.placing);
  return {
    addVariant: async (documentId, variant, options = {}) => {
      own?.refuse(variant.storageUri);
      return addVariant(context, documentId, parseVariant(variant, formatTimestamp(context.clock.now())), options);
    },
    findVariantsByHashPrefix: async (prefix, options = {}) => findVariantsByHashPrefix(context, prefix, options),
    listVariants: async (documentId, options = {}) => listVariants(context, documentId, options),
  };
}

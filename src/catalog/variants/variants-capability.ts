import { parseVariant, type VariantRecord, type VariantRegistration } from "../../core/document.ts";
import type { VariantResult } from "../../core/outcome.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import type { CallOptions } from "../call-options.ts";
import type { CapabilityContext } from "../capability-context.ts";
import { CanonicalNames } from "../files/canonical-name.ts";
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
      const parsed = parseVariant(variant, formatTimestamp(context.clock.now()));
      const names = new CanonicalNames({ fs: context.fs, store: context.placing?.store });
      const { uri: storageUri } = await names.locate(parsed.storageUri, { follow: true });
      await own?.refuse(storageUri);
      return addVariant(context, documentId, { ...parsed, storageUri }, options);
    },
    findVariantsByHashPrefix: async (prefix, options = {}) => findVariantsByHashPrefix(context, prefix, options),
    listVariants: async (documentId, options = {}) => listVariants(context, documentId, options),
  };
}

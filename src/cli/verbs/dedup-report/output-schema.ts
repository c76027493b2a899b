import { COUNT, POSITIVE, refer, SHA256 } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog dedup-report --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description: "catalog dedup-report.",
    fields: { groups: COUNT, documents: COUNT, reclaimable_bytes: COUNT },
  },
  items: {
    group: {
      description: "Documents with the same bytes. bytes: of each; blobs: different storage URIs.",
      fields: {
        sha256: SHA256,
        bytes: COUNT,
        documents: { type: "integer", minimum: 2 },
        blobs: POSITIVE,
        reclaimable_bytes: COUNT,
        records: { type: "array", minItems: 2, items: refer("document_fields") },
      },
    },
  },
};

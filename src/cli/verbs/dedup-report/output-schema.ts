import { BOOLEAN, COUNT, POSITIVE, refer, SHA256 } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog dedup-report --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description: "catalog dedup-report.",
    fields: { groups: COUNT, documents: COUNT, reclaimable_bytes: COUNT, may_share_blocks: BOOLEAN },
  },
  items: {
    group: {
      description:
        "Documents with the same bytes. bytes: of each; blobs: different storage URIs; files: different files behind them, null when none was found, then each URI counts; missing: URIs without a file of that size; may_share_blocks: reclaimable_bytes is the most.",
      fields: {
        sha256: SHA256,
        bytes: COUNT,
        documents: { type: "integer", minimum: 2 },
        blobs: POSITIVE,
        files: { type: ["integer", "null"], minimum: 1 },
        missing: COUNT,
        reclaimable_bytes: COUNT,
        may_share_blocks: BOOLEAN,
        records: { type: "array", minItems: 2, items: refer("document_fields") },
      },
    },
  },
};

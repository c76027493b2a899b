import {
  BOOLEAN,
  COUNT,
  type JsonSchema,
  objectSchema,
  POSITIVE,
  refer,
  SHA256,
  TEXT_OR_NULL,
} from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

const SHARES: JsonSchema = {
  type: "array",
  items: objectSchema({
    description: "Documents of one origin.",
    fields: { name: TEXT_OR_NULL, documents: COUNT, reclaimable_bytes: COUNT },
  }),
};

/** What only `catalog dedup-report --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog dedup-report, of all groups, whatever --limit is. dedup_bytes: what of reclaimable_bytes catalog dedup could free; by_resolver, by_content_type: documents in groups, and the bytes of each file but the first of its group, put down to the first document that names it.",
    fields: {
      groups: COUNT,
      documents: COUNT,
      reclaimable_bytes: COUNT,
      dedup_bytes: COUNT,
      may_share_blocks: BOOLEAN,
      by_resolver: SHARES,
      by_content_type: SHARES,
    },
  },
  items: {
    group: {
      description:
        "Documents with the same bytes. bytes: of each; blobs: different storage URIs; files: different files behind them, null when none was found, then each URI counts; files_in_root: those under the root; missing: URIs without a file of that size; dedup_bytes: what of reclaimable_bytes catalog dedup could free; may_share_blocks: both are the most; records: of very many documents the first 1,000.",
      fields: {
        sha256: SHA256,
        bytes: COUNT,
        documents: { type: "integer", minimum: 2 },
        blobs: POSITIVE,
        files: { type: ["integer", "null"], minimum: 1 },
        files_in_root: COUNT,
        missing: COUNT,
        reclaimable_bytes: COUNT,
        dedup_bytes: COUNT,
        may_share_blocks: BOOLEAN,
        records: { type: "array", minItems: 2, items: refer("document_fields") },
      },
    },
  },
};

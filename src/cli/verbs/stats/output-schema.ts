import {
  COUNT,
  objectSchema,
  POSITIVE,
  refer,
  TEXT,
  TEXT_OR_NULL,
  TIMESTAMP,
} from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog stats --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog stats. Sizes in bytes. tombstones: contents that were removed on purpose and stay so. intact_blobs: those whose hash was right when they were last verified.",
    fields: {
      documents: COUNT,
      variants: COUNT,
      artifacts: COUNT,
      bytes: COUNT,
      distinct_bytes: COUNT,
      distinct_hashes: COUNT,
      unhashed: COUNT,
      duplicate_groups: COUNT,
      largest_group: COUNT,
      removals: COUNT,
      pins: COUNT,
      tombstones: COUNT,
      blobs: COUNT,
      verified_blobs: COUNT,
      intact_blobs: COUNT,
      bad_blobs: COUNT,
      oldest_check: { anyOf: [TIMESTAMP, { type: "null" }] },
      oldest: { anyOf: [TIMESTAMP, { type: "null" }] },
      newest: { anyOf: [TIMESTAMP, { type: "null" }] },
      by_resolver: { type: "array", items: refer("figures") },
      by_content_type: { type: "array", items: refer("figures") },
      engine: TEXT,
      hasher: TEXT,
      digests: { enum: ["workers", "in_thread"] },
      catalog_schema_version: POSITIVE,
      catalog_bytes: COUNT,
    },
  },
  definitions: {
    figures: objectSchema({
      description: "Figures for one resolver or content type; null: those that have none.",
      fields: { name: TEXT_OR_NULL, documents: COUNT, bytes: COUNT },
    }),
  },
};

import { BOOLEAN, COUNT, COUNT_OR_NULL, TEXT, TEXT_OR_NULL } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

const FILES = { uri: TEXT, path: TEXT_OR_NULL, from: TEXT, from_path: TEXT_OR_NULL, bytes: COUNT };

/** What only `catalog dedup --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog dedup. groups: hashes whose bytes are in several files; files: those; apart: files that share nothing, as others may write to them, as they have another owner or mode or are registered where they lie, and as no file of the size is there; all null where a plan was read. shared: what shares bytes now; freed_bytes: what is free, or would be, an upper bound where may_share_blocks.",
    fields: {
      groups: COUNT_OR_NULL,
      files: COUNT_OR_NULL,
      file_bytes: COUNT_OR_NULL,
      apart_writable: COUNT_OR_NULL,
      apart_owned: COUNT_OR_NULL,
      apart_missing: COUNT_OR_NULL,
      applied: BOOLEAN,
      actions: COUNT,
      shared: COUNT,
      shared_bytes: COUNT,
      findings: COUNT,
      freed_bytes: COUNT,
      may_share_blocks: BOOLEAN,
      plan: TEXT_OR_NULL,
    },
  },
  items: {
    share: { description: "A name that gets the bytes of another file, or would: from.", fields: FILES },
  },
  findings: {
    dedup_finding: {
      description: "A name that shares no bytes though a plan says so.",
      kinds: ["gone", "changed", "different", "not_shared", "failed"],
      fields: FILES,
    },
  },
  progress: {
    dedup_progress: {
      description: "How far deduplicating is.",
      fields: { phase: { enum: ["look", "share"] }, done: COUNT, total: COUNT_OR_NULL },
    },
  },
};

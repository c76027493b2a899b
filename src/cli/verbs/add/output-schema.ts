import { COUNT, COUNT_OR_NULL, HINT, TEXT } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";
import { HINTS } from "./view.ts";

/** What only `catalog add --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog add. Every file is counted once as stored, deduplicated, linked, cloned, registered, found, kept or failed; findings: how many lines of type finding there are; symlinks, special, own: what was left out; sources_kept: files that were stored and are still there although they were to be moved.",
    fields: {
      files: COUNT,
      bytes: COUNT,
      stored: COUNT,
      stored_bytes: COUNT,
      deduplicated: COUNT,
      linked: COUNT,
      cloned: COUNT,
      registered: COUNT,
      found: COUNT,
      kept: COUNT,
      sources_kept: COUNT,
      failed: COUNT,
      documents: COUNT,
      replaced: COUNT,
      variants: COUNT,
      symlinks: COUNT,
      special: COUNT,
      own: COUNT,
      findings: COUNT,
    },
  },
  findings: {
    add_finding: {
      description: "Something about one file or other source that was to be added.",
      kinds: Object.keys(HINTS),
      fields: { path: TEXT, hint: HINT },
    },
  },
  progress: {
    add_progress: {
      description: "How far adding is. files_total, bytes_total: null where nobody knows.",
      fields: { files: COUNT, files_total: COUNT_OR_NULL, bytes: COUNT, bytes_total: COUNT_OR_NULL },
    },
  },
};

import { BOOLEAN, COUNT, COUNT_OR_NULL, HINT, PLANNED, TEXT } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";
import { HINTS } from "./view.ts";

/** What only `catalog add --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog add. Every file is counted once as stored, deduplicated, linked, cloned, registered, found, kept, removed_before or failed; findings: how many lines of type finding there are; symlinks, special, own: what was left out; sources_kept: files that were stored and are still there although they were to be moved. With dry_run all say what would be, and not_fetched counts the sources that were left out.",
    fields: {
      dry_run: BOOLEAN,
      not_fetched: COUNT,
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
      removed_before: COUNT,
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
  items: {
    planned_file: {
      description:
        "catalog add --dry-run: what would become of a file. outcome: what of its row, placed without a catalog, removed_before for what would be passed over as it was removed on purpose; placement: how its bytes would come to where they are. What is found or completed, and stored, linked or cloned, would be taken in. moved: it would be gone afterwards.",
      fields: { path: TEXT, ...PLANNED },
    },
    planned_source: { description: "catalog add --dry-run: a source that was not fetched.", fields: { path: TEXT } },
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
      fields: {
        files: COUNT,
        files_total: COUNT_OR_NULL,
        bytes: COUNT,
        bytes_total: COUNT_OR_NULL,
        removed_before: COUNT,
      },
    },
  },
};

import {
  BOOLEAN,
  COUNT,
  COUNT_OR_NULL,
  HINT,
  PLANNED,
  POSITIVE,
  TEXT,
  TEXT_OR_NULL,
} from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";
import { HINTS } from "./view.ts";

/** What only `catalog import-manifest --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog import-manifest. Every line is counted once as attempt, other, damaged; an attempt once as outcome, failure, skip or dry run; findings: how many lines of type finding there are; removed_before: outcomes that were passed over, as their bytes were removed on purpose; stopped: by --strict. With dry_run all say what would be.",
    fields: {
      dry_run: BOOLEAN,
      lines: COUNT,
      attempts: COUNT,
      other: COUNT,
      outcomes: COUNT,
      failures: COUNT,
      skips: COUNT,
      dry_runs: COUNT,
      damaged: COUNT,
      gone: COUNT,
      outside: COUNT,
      unreadable: COUNT,
      own: COUNT,
      unstable: COUNT,
      wrong_size: COUNT,
      wrong_hash: COUNT,
      sources_kept: COUNT,
      repeats: COUNT,
      removed_before: COUNT,
      changed: COUNT,
      documents: COUNT,
      variants: COUNT,
      bytes: COUNT,
      files_hashed: COUNT,
      bytes_hashed: COUNT,
      stopped: BOOLEAN,
      findings: COUNT,
    },
  },
  items: {
    planned_line: {
      description:
        "catalog import-manifest --dry-run: what would become of a line; the fields are those of planned_file.",
      fields: { line: POSITIVE, path: TEXT, ...PLANNED },
    },
  },
  findings: {
    import_finding: {
      description: "Something about one line of a manifest.",
      kinds: Object.keys(HINTS),
      fields: { line: POSITIVE, artifact_id: TEXT_OR_NULL, path: TEXT_OR_NULL, hint: HINT },
    },
  },
  progress: {
    import_progress: {
      description: "How far an import is. bytes_total: size of the manifest, null where nobody knows.",
      fields: {
        lines: COUNT,
        bytes_read: COUNT,
        bytes_total: COUNT_OR_NULL,
        documents: COUNT,
        removed_before: COUNT,
        bytes_hashed: COUNT,
      },
    },
  },
};

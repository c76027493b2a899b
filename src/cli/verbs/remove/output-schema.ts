import { BOOLEAN, COUNT, POSITIVE, TEXT_OR_NULL } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog remove --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog remove: how many rows went, or would go. operation_id: what catalog restore --plan takes; null where nothing went.",
    fields: { dry_run: BOOLEAN, documents: COUNT, variants: COUNT, operation_id: TEXT_OR_NULL },
  },
  findings: {
    missing_finding: {
      description: "A document that was named and does not exist.",
      kinds: ["missing"],
      fields: { id: POSITIVE },
    },
    damaged_row_finding: {
      description:
        "A row that holds what no row may: of it nothing can be shown, and it goes, or would go, all the same.",
      kinds: ["damaged"],
      fields: { id: POSITIVE },
    },
  },
};

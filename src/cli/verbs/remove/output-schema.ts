import { BOOLEAN, COUNT, POSITIVE } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog remove --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description: "catalog remove: how many rows went, or would go.",
    fields: { dry_run: BOOLEAN, documents: COUNT, variants: COUNT },
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

import { BOOLEAN, COUNT, HINT, POSITIVE } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";
import { HINTS } from "./view.ts";

/** What only `catalog relocate --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog relocate. documents, variants: what was relocated, or without --apply would be; missing: those of both whose file is not there; findings: rows that stay.",
    fields: { applied: BOOLEAN, documents: COUNT, variants: COUNT, missing: COUNT, findings: COUNT },
  },
  findings: {
    relocate_finding: {
      description: "Something about one row that was to be relocated.",
      kinds: Object.keys(HINTS),
      fields: {
        document_id: POSITIVE,
        variant: { description: "null for the document itself.", type: ["string", "null"] },
        path: { description: "Where its file was expected.", type: "string" },
        hint: HINT,
      },
    },
  },
  progress: {
    relocate_progress: {
      description: "How far a relocation is. rows: those that were looked at.",
      fields: { rows: COUNT },
    },
  },
};

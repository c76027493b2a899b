import { COUNT, TEXT_OR_NULL } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog search --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description: "catalog search. cursor: for --cursor when --limit left something out, else null.",
    fields: { documents: COUNT, cursor: TEXT_OR_NULL },
  },
};

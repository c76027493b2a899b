import { COUNT, TEXT } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog unpin --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description: "catalog unpin. target: what was named. pins: how many ended.",
    fields: { target: TEXT, pins: COUNT },
  },
};

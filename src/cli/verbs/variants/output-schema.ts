import { COUNT } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog variants --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: { description: "catalog variants.", fields: { documents: COUNT, variants: COUNT } },
};

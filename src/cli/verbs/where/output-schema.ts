import { COUNT, TEXT } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog where --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: { description: "catalog where.", fields: { prefix: TEXT, documents: COUNT, variants: COUNT } },
};

import { BOOLEAN, COUNT, POSITIVE, TEXT } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog init --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description: "catalog init. created: false when the catalog was there already.",
    fields: { path: TEXT, created: BOOLEAN, documents: COUNT, catalog_schema_version: POSITIVE },
  },
};

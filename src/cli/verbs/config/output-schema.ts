import { COUNT, TEXT, TEXT_OR_NULL } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog config --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: { description: "catalog config.", fields: { config_path: TEXT_OR_NULL, settings: COUNT } },
  items: {
    setting: {
      description: "An effective setting and where it came from.",
      fields: { key: TEXT, value: { type: ["string", "number", "boolean", "null"] }, origin: TEXT, description: TEXT },
    },
  },
};

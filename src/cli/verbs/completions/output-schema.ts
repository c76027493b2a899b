import { TEXT } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog completions --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: { description: "catalog completions.", fields: { shell: { enum: ["bash", "zsh", "fish"] }, script: TEXT } },
};

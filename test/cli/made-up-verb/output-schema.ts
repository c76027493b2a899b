import { COUNT, TEXT } from "../../../src/cli/output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../../src/cli/output-schema/verb-output-schema.ts";

/** What only `catalog greet --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: { description: "catalog greet.", fields: { greetings: COUNT } },
  items: { greeting: { description: "One greeting.", fields: { name: TEXT, text: TEXT } } },
  findings: { absent_finding: { description: "Nobody to greet.", kinds: ["absent"], fields: { name: TEXT } } },
  progress: { greet_progress: { description: "How far the greeting is.", fields: { done: COUNT } } },
};

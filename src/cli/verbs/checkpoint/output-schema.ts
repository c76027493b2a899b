import { COUNT, TEXT } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog checkpoint --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog checkpoint. batches: how many commits stood in the log; log_bytes: 0 when there was none. Sizes in bytes.",
    fields: { path: TEXT, batches: COUNT, log_bytes: COUNT, catalog_bytes: COUNT },
  },
};

import { BOOLEAN, COUNT, objectSchema, POSITIVE, TEXT, TEXT_OR_NULL } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog init --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog init. created: false when the catalog was there already; catalog_id: what the root knows it by; is_older: the root has seen a later one, so this is from a backup; in_root: whether the root knows it, which it does from the first row on that names anything there; other_catalogs: those that use the root, too.",
    fields: {
      path: TEXT,
      created: BOOLEAN,
      documents: COUNT,
      catalog_schema_version: POSITIVE,
      catalog_id: TEXT_OR_NULL,
      root: TEXT_OR_NULL,
      is_older: BOOLEAN,
      in_root: BOOLEAN,
      other_catalogs: {
        type: "array",
        items: objectSchema({
          description: "A catalog that uses the root; its path is null in memory, and where its marker is damaged.",
          fields: { id: TEXT, path: TEXT_OR_NULL },
        }),
      },
    },
  },
};

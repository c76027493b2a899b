import {
  BOOLEAN,
  COUNT,
  HINT,
  type JsonSchema,
  objectSchema,
  refer,
  TEXT,
  TEXT_OR_NULL,
  TIMESTAMP,
} from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";
import { HINTS } from "./view.ts";

const ID_OR_NULL: JsonSchema = { type: ["integer", "null"], minimum: 1 };

/** What only `catalog restore --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog restore. documents, variants, blobs: what came back, or without --apply would, blobs being bytes without a row; bytes: how many of them came out of the trash; findings: what does not come back.",
    fields: { applied: BOOLEAN, documents: COUNT, variants: COUNT, blobs: COUNT, bytes: COUNT, findings: COUNT },
  },
  items: {
    restore_plan: {
      description:
        "A row, or bytes without one, that came back, or would. uri: where its bytes are, or will be; former_uri: where they were, if others have that name by now; removed_before: when, by what and why they were removed on purpose, if that is on record.",
      fields: {
        type: { const: "plan" },
        action: { const: "restore" },
        uri: TEXT,
        bytes: COUNT,
        from: { enum: ["place", "trash"] },
        former_uri: TEXT_OR_NULL,
        document_id: ID_OR_NULL,
        variant: TEXT_OR_NULL,
        removed_before: { oneOf: [refer("earlier_removal"), { type: "null" }] },
      },
    },
  },
  definitions: {
    earlier_removal: objectSchema({
      description: "That bytes were removed on purpose, which ends when their row is there again.",
      fields: { removed_at: TIMESTAMP, verb: { enum: ["remove", "retention"] }, reason: TEXT_OR_NULL },
    }),
  },
  findings: {
    restore_finding: {
      description: "Something that does not come back. existing_id: the document that has its key.",
      kinds: Object.keys(HINTS),
      fields: { uri: TEXT, document_id: ID_OR_NULL, variant: TEXT_OR_NULL, existing_id: ID_OR_NULL, hint: HINT },
    },
  },
  progress: {
    restore_progress: {
      description: "How far a restoration is. done: documents and blobs that were looked at.",
      fields: { done: COUNT },
    },
  },
};

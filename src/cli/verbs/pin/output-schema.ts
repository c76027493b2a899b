import { PIN_KINDS } from "../../../catalog/pins/pin.ts";
import { COUNT, objectSchema, refer, TEXT, TEXT_OR_NULL } from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

/** What only `catalog pin --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description: "catalog pin. target: what was named, null with --list. pins: how many were set, or there are.",
    fields: { target: TEXT_OR_NULL, pins: COUNT },
  },
  items: {
    pin: {
      description:
        "A pin, as catalog pin, unpin and why write it. catalog_id: of another catalog of the root, null for this one. kind, target: what it is on. expires_at: null where it has no end. former: what it was before catalog pin gave it another reason or end.",
      fields: {
        catalog_id: TEXT_OR_NULL,
        kind: { enum: PIN_KINDS },
        target: TEXT,
        reason: TEXT,
        pinned_at: TEXT,
        expires_at: TEXT_OR_NULL,
        former: { oneOf: [refer("former_pin"), { type: "null" }] },
      },
    },
  },
  definitions: {
    former_pin: objectSchema({
      description: "What a pin was before.",
      fields: { reason: TEXT, pinned_at: TEXT, expires_at: TEXT_OR_NULL },
    }),
  },
};

import {
  REPAIR_ORIGINS,
  REPAIR_OUTCOMES,
  REPAIR_REASONS,
  REPAIR_STEP_RESULTS,
} from "../../../catalog/repair/repair-options.ts";
import { VERIFICATION_REASONS, VERIFICATION_RESULTS } from "../../../core/verification/verification.ts";
import {
  BOOLEAN,
  COUNT,
  COUNT_OR_NULL,
  HINT,
  type JsonSchema,
  objectSchema,
  POSITIVE,
  refer,
  SHA256_OR_NULL,
  TEXT,
  TEXT_OR_NULL,
} from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";
import { HINTS } from "./view.ts";

const IDS: JsonSchema = { type: "array", items: POSITIVE };

/** What is said of each file. */
const RESULT: Readonly<Record<string, JsonSchema>> = {
  uri: TEXT,
  expected_sha256: SHA256_OR_NULL,
  expected_bytes: COUNT_OR_NULL,
  found_result: { enum: [...VERIFICATION_RESULTS] },
  found_reason: { enum: [...VERIFICATION_REASONS, null] },
  moved_to: TEXT_OR_NULL,
  documents: IDS,
  variants: IDS,
  steps: { type: "array", items: refer("repair_step") },
};

/** What only `catalog repair --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog repair. How many files had each outcome; bad: how many are bad still; bytes: how many bytes those have that were repaired.",
    fields: {
      applied: BOOLEAN,
      ...Object.fromEntries(REPAIR_OUTCOMES.map((outcome) => [outcome, COUNT])),
      bad: COUNT,
      bytes: COUNT,
    },
  },
  items: {
    repair_plan: {
      description:
        "A file that is not bad (any more), that was repaired, or that there is something to try for. found_result, found_reason: how it was found; moved_to: where its bytes are now, if its rows name another place; steps: where right bytes were looked for, or would be, the last one having them.",
      fields: {
        type: { const: "plan" },
        action: { const: "repair" },
        outcome: { enum: ["intact", "planned", "repaired"] },
        ...RESULT,
      },
    },
  },
  findings: {
    repair_finding: {
      description: "A file that is bad still. reason: why nothing can be put in its place, or is to be hoped for.",
      kinds: Object.keys(HINTS),
      fields: { reason: { enum: [...REPAIR_REASONS, null] }, ...RESULT, hint: HINT },
    },
  },
  progress: {
    repair_progress: {
      description: "How far a repair is. done, total: files.",
      fields: { done: COUNT, total: COUNT },
    },
  },
  definitions: {
    repair_step: objectSchema({
      description:
        "One place in which right bytes were looked for. message: the end of a sentence that begins with the place; drift_sha256, drift_bytes: what a source serves by now; drift_variant: under which name that was kept.",
      fields: {
        origin: { enum: [...REPAIR_ORIGINS] },
        uri: TEXT,
        result: { enum: [...REPAIR_STEP_RESULTS] },
        message: TEXT_OR_NULL,
        drift_sha256: SHA256_OR_NULL,
        drift_bytes: COUNT_OR_NULL,
        drift_variant: TEXT_OR_NULL,
      },
    }),
  },
};

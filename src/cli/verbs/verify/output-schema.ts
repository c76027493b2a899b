import {
  BAD_RESULTS,
  VERIFICATION_REASONS,
  VERIFICATION_RESULTS,
  VERIFICATION_STRENGTHS,
} from "../../../core/verification/verification.ts";
import {
  BOOLEAN,
  COUNT,
  COUNT_OR_NULL,
  HINT,
  type JsonSchema,
  POSITIVE,
  SHA256_OR_NULL,
  TEXT,
  TEXT_OR_NULL,
  TIMESTAMP,
} from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

const IDS: JsonSchema = { type: "array", items: POSITIVE };

/** What is said of each blob. */
const FIELDS: Readonly<Record<string, JsonSchema>> = {
  reason: { enum: [...VERIFICATION_REASONS, null] },
  strength: { enum: [...VERIFICATION_STRENGTHS] },
  uri: TEXT,
  path: TEXT_OR_NULL,
  expected_sha256: SHA256_OR_NULL,
  expected_bytes: COUNT_OR_NULL,
  actual_sha256: SHA256_OR_NULL,
  actual_bytes: COUNT_OR_NULL,
  checked_at: TIMESTAMP,
  documents: IDS,
  variants: IDS,
  quarantine: TEXT_OR_NULL,
};

/** What only `catalog verify --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog verify. ok, mismatch, missing, unreadable, unchecked: blobs by their result; bytes: how many were read; complete, left: whether all was verified that was to be, and how many blobs were not; oldest: when the blob was verified that was verified longest ago; known_bad: blobs known to be bad that were not read; remembered: it was written down.",
    fields: {
      ok: COUNT,
      mismatch: COUNT,
      missing: COUNT,
      unreadable: COUNT,
      unchecked: COUNT,
      bytes: COUNT,
      complete: BOOLEAN,
      left: COUNT,
      oldest: { type: ["string", "null"] },
      known_bad: COUNT,
      quarantined: COUNT,
      hashes_recorded: COUNT,
      remembered: BOOLEAN,
    },
  },
  items: {
    verification: {
      description: "A blob that is no failure; only with --verbose. documents, variants: the ids of rows that name it.",
      fields: {
        result: { enum: VERIFICATION_RESULTS.filter((result) => !BAD_RESULTS.some((bad) => bad === result)) },
        ...FIELDS,
      },
    },
  },
  findings: {
    verify_finding: {
      description:
        "A blob that is not what is on record. strength: what was compared; quarantine: where its bytes were put aside.",
      kinds: [...BAD_RESULTS],
      fields: { ...FIELDS, hint: HINT },
    },
  },
  progress: {
    verify_progress: {
      description: "How far it is. done, total: blobs; bytes: how many were read.",
      fields: { done: COUNT, total: COUNT, bytes: COUNT },
    },
  },
};

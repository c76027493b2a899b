import { DROP_REASONS, KEEP_REASONS } from "../../../core/retention/reasons.ts";
import {
  BOOLEAN,
  COUNT,
  COUNT_OR_NULL,
  type JsonSchema,
  POSITIVE,
  SHA256_OR_NULL,
  TEXT,
  TEXT_OR_NULL,
} from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

const TIME_OR_NULL: JsonSchema = { type: ["string", "null"] };

const ROW = {
  id: POSITIVE,
  artifact_id: TEXT_OR_NULL,
  source_url: TEXT_OR_NULL,
  resolver: TEXT_OR_NULL,
  uri: TEXT,
  path: TEXT_OR_NULL,
  bytes: COUNT,
  sha256: SHA256_OR_NULL,
  created_at: TIME_OR_NULL,
  updated_at: TIME_OR_NULL,
} as const;

/** What only `catalog retention --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog retention. rows: all of the catalog; kept_last_copies: rows that were to go, and stay as too few good copies would remain; reasons: rows for each reason; unmet_caps: how many caps cannot be met; freed_files, freed_bytes: what no row names then, so that gc takes it; all of these null where a plan was applied that was read. dropped, dropped_bytes: rows that go, or went, and their sizes, null where that was not counted; findings: lines of the plan that were not done, and unmet caps; operation_id: what removals calls it.",
    fields: {
      rows: COUNT_OR_NULL,
      dropped: COUNT,
      dropped_bytes: COUNT_OR_NULL,
      kept_last_copies: COUNT_OR_NULL,
      reasons: { type: ["object", "null"], additionalProperties: COUNT },
      unmet_caps: COUNT_OR_NULL,
      freed_files: COUNT_OR_NULL,
      freed_bytes: COUNT_OR_NULL,
      applied: BOOLEAN,
      complete: BOOLEAN,
      findings: COUNT,
      plan: TEXT_OR_NULL,
      operation_id: TEXT_OR_NULL,
    },
  },
  items: {
    plan_row: {
      description:
        "What becomes of a row, or became. Names and times are null, and uri is empty, where those of a damaged row cannot be read.",
      fields: {
        type: { const: "plan" },
        action: { enum: ["drop_row", "keep_row"] },
        ...ROW,
        reason: { enum: [...DROP_REASONS, ...KEEP_REASONS] },
      },
    },
  },
  findings: {
    retention_finding: {
      description: "A row that a plan drops, and that stays.",
      kinds: ["gone", "changed", "pinned", "leased", "last_copy"],
      fields: { ...ROW, reason: { enum: DROP_REASONS } },
    },
    unmet_cap_finding: {
      description: "A cap that cannot be met. remaining: what there is when all rows are gone that may go.",
      kinds: ["unmet_cap"],
      fields: { cap: { enum: ["max_total_size", "max_files", "min_free"] }, limit: COUNT, remaining: COUNT },
    },
  },
  progress: {
    retention_progress: {
      description: "How far retention is.",
      fields: { phase: { enum: ["look", "drop"] }, done: COUNT, total: COUNT_OR_NULL },
    },
  },
};

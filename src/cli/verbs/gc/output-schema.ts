import { FILE_ACTIONS, FILE_REASONS } from "../../../core/plan/plan-action.ts";
import {
  BOOLEAN,
  COUNT,
  COUNT_OR_NULL,
  type JsonSchema,
  TEXT,
  TEXT_OR_NULL,
} from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

const TIME_OR_NULL: JsonSchema = { type: ["string", "null"] };

/** What a plan of dedup does has another line. */
const ACTIONS = FILE_ACTIONS.filter((action) => action !== "share");
const REASONS = FILE_REASONS.filter((reason) => reason !== "duplicate");

/** What only `catalog gc --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog gc. live, orphaned, ripe, unknown: what lies under the root, null where a plan was applied that was read; ripe: what of the unreferenced files may go now; removed: what went; freed_bytes: what is free, or would be, an upper bound where may_share_blocks; noted: it was written down since when files are unreferenced; operation_id: what removals calls it.",
    fields: {
      live: COUNT_OR_NULL,
      live_bytes: COUNT_OR_NULL,
      orphaned: COUNT_OR_NULL,
      orphaned_bytes: COUNT_OR_NULL,
      ripe: COUNT_OR_NULL,
      ripe_bytes: COUNT_OR_NULL,
      unknown: COUNT_OR_NULL,
      unknown_bytes: COUNT_OR_NULL,
      next_ripe_at: TIME_OR_NULL,
      noted: BOOLEAN,
      applied: BOOLEAN,
      complete: BOOLEAN,
      actions: COUNT,
      removed: COUNT,
      removed_bytes: COUNT,
      given_back: COUNT,
      findings: COUNT,
      freed_bytes: COUNT,
      may_share_blocks: BOOLEAN,
      plan: TEXT_OR_NULL,
      operation_id: TEXT_OR_NULL,
    },
  },
  items: {
    plan: {
      description:
        "What is done to one thing, or would be. since: when its last reference went, or when it was first seen.",
      fields: {
        action: { enum: ACTIONS },
        uri: TEXT,
        path: TEXT_OR_NULL,
        bytes: COUNT,
        since: TIME_OR_NULL,
        ripe_at: TIME_OR_NULL,
        reason: { enum: REASONS },
      },
    },
  },
  findings: {
    plan_finding: {
      description: "A line of a plan that was not done.",
      kinds: ["gone", "changed", "referenced", "not_ours", "displaced", "failed"],
      fields: {
        action: { enum: ACTIONS },
        uri: TEXT,
        path: TEXT_OR_NULL,
        bytes: COUNT,
        reason: { enum: REASONS },
      },
    },
    unknown_finding: {
      description:
        "A file that no catalog refers to, and none can prove to be its own. objection: why it stays in any case.",
      kinds: ["unknown"],
      fields: { name: TEXT, uri: TEXT_OR_NULL, bytes: COUNT, objection: TEXT_OR_NULL },
    },
  },
  progress: {
    gc_progress: {
      description: "How far a collection is.",
      fields: { phase: { enum: ["look", "collect"] }, done: COUNT, total: COUNT_OR_NULL },
    },
  },
};

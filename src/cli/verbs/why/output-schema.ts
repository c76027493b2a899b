import { PIN_KINDS } from "../../../catalog/pins/pin.ts";
import { TRASH_KINDS } from "../../../catalog/trash/trashed-blob.ts";
import { BYTES_AT } from "../../../catalog/why/explanation.ts";
import { INCIDENT_RESOLUTIONS } from "../../../core/verification/incident-resolution.ts";
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
  type JsonSchema,
  objectSchema,
  POSITIVE,
  refer,
  SHA256_OR_NULL,
  TEXT,
  TEXT_OR_NULL,
  TIMESTAMP,
} from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

const IDS: JsonSchema = { type: "array", items: POSITIVE };
const REASON_OR_NULL: JsonSchema = { enum: [...VERIFICATION_REASONS, null] };
const TIMESTAMP_OR_NULL: JsonSchema = { oneOf: [TIMESTAMP, { type: "null" }] };

function listOf(name: string): JsonSchema {
  return { type: "array", items: refer(name) };
}

/** What only `catalog why --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description: "catalog why. known: whether anybody knows the target, or ever did.",
    fields: {
      target: TEXT,
      known: BOOLEAN,
      documents: COUNT,
      variants: COUNT,
      places: COUNT,
      pins: COUNT,
      removals: COUNT,
      tombstones: COUNT,
      findings: COUNT,
    },
  },
  items: {
    place: {
      description: "A place for bytes: what names it, where its bytes are, and what will become of them.",
      fields: {
        uri: TEXT,
        path: TEXT_OR_NULL,
        bytes_at: { enum: BYTES_AT },
        bytes: COUNT_OR_NULL,
        documents: IDS,
        variants: IDS,
        leases: listOf("lease_fields"),
        pins: listOf("pin_key"),
        kept_by: listOf("keeping_catalog"),
        verified: { oneOf: [refer("verified_fields"), { type: "null" }] },
        incidents: listOf("incident_fields"),
        trash: listOf("trash_fields"),
        orphan: { oneOf: [refer("orphan_fields"), { type: "null" }] },
      },
    },
    removal: {
      description: "A line of the table removals. catalog_id: of another catalog of the root, null for this one.",
      fields: {
        id: POSITIVE,
        catalog_id: TEXT_OR_NULL,
        uri: TEXT,
        place: TEXT_OR_NULL,
        sha256: SHA256_OR_NULL,
        bytes: COUNT_OR_NULL,
        removed_at: TEXT,
        verb: TEXT,
        plan: TEXT_OR_NULL,
        reason: TEXT_OR_NULL,
        document_id: { type: ["integer", "null"], minimum: 1 },
        artifact_id: TEXT_OR_NULL,
        source_url: TEXT_OR_NULL,
        resolver: TEXT_OR_NULL,
        variant: TEXT_OR_NULL,
        content_type: TEXT_OR_NULL,
        created_at: TEXT_OR_NULL,
        origin: TEXT_OR_NULL,
      },
    },
    tombstone: {
      description:
        "Bytes that were removed on purpose: imports and added folders pass over them. plan: the operation that removed them, which restore takes; paths: files that had them.",
      fields: {
        id: POSITIVE,
        artifact_id: TEXT,
        source_url: TEXT,
        resolver: TEXT,
        sha256: SHA256_OR_NULL,
        bytes: COUNT,
        removed_at: TIMESTAMP,
        verb: { enum: ["remove", "retention"] },
        plan: TEXT_OR_NULL,
        reason: TEXT_OR_NULL,
        paths: { type: "array", items: TEXT },
      },
    },
  },
  findings: {
    unreadable_catalog_finding: {
      description: "A catalog of the root that could not be asked: what it keeps is not told.",
      kinds: ["unreadable_catalog"],
      fields: { catalog_id: TEXT, catalog_path: TEXT_OR_NULL, reason: TEXT },
    },
  },
  definitions: {
    lease_fields: objectSchema({
      description: "A claim on a place that somebody is about to register.",
      fields: {
        catalog_id: TEXT_OR_NULL,
        origin: TEXT,
        host: TEXT_OR_NULL,
        pid: { type: ["integer", "null"] },
        holder_is_alive: { type: ["boolean", "null"] },
        taken_at: TEXT,
        expires_at: TEXT,
      },
    }),
    pin_key: objectSchema({
      description: "Which pin it is: its other fields are those of the line of type pin.",
      fields: { catalog_id: TEXT_OR_NULL, kind: { enum: PIN_KINDS }, target: TEXT },
    }),
    keeping_catalog: objectSchema({
      description: "Another catalog of the root whose rows name a place.",
      fields: { catalog_id: TEXT, catalog_path: TEXT_OR_NULL, documents: COUNT, variants: COUNT },
    }),
    trash_fields: objectSchema({
      description: "A blob in the trash.",
      fields: {
        run: TEXT,
        kind: { enum: TRASH_KINDS },
        bytes: COUNT,
        sha256: SHA256_OR_NULL,
        trashed_at: TIMESTAMP_OR_NULL,
        expires_at: TIMESTAMP_OR_NULL,
        plan: TEXT_OR_NULL,
      },
    }),
    verified_fields: objectSchema({
      description:
        "The last verification of a blob. strength: what was compared. actual_sha256, actual_bytes: what was found, where it was something else than on record. ok_at: when it was last ok. bad_since: null where it is not known to be bad.",
      fields: {
        result: { enum: VERIFICATION_RESULTS },
        reason: REASON_OR_NULL,
        strength: { enum: VERIFICATION_STRENGTHS },
        actual_sha256: SHA256_OR_NULL,
        actual_bytes: COUNT_OR_NULL,
        checked_at: TIMESTAMP,
        ok_at: TIMESTAMP_OR_NULL,
        bad_since: TIMESTAMP_OR_NULL,
      },
    }),
    incident_fields: objectSchema({
      description:
        "One time that a blob turned bad. resolved_at, resolution: when and how that ended; null while it is bad.",
      fields: {
        id: POSITIVE,
        result: { enum: BAD_RESULTS },
        reason: REASON_OR_NULL,
        expected_sha256: SHA256_OR_NULL,
        expected_bytes: COUNT_OR_NULL,
        actual_sha256: SHA256_OR_NULL,
        actual_bytes: COUNT_OR_NULL,
        found_at: TIMESTAMP,
        quarantine: TEXT_OR_NULL,
        resolved_at: TIMESTAMP_OR_NULL,
        resolution: { enum: [...INCIDENT_RESOLUTIONS, null] },
      },
    }),
    orphan_fields: objectSchema({
      description: "Bytes that nothing refers to. ripe_at: from when on gc may take them.",
      fields: { is_ours: BOOLEAN, since: TIMESTAMP_OR_NULL, ripe_at: TIMESTAMP_OR_NULL },
    }),
  },
};

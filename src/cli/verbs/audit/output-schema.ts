import { AUDIT_KINDS, AUDIT_REASONS } from "../../../catalog/audit/audit-finding.ts";
import {
  BOOLEAN,
  COUNT,
  COUNT_OR_NULL,
  objectSchema,
  refer,
  SHA256,
  SHA256_OR_NULL,
  TEXT,
  TEXT_OR_NULL,
} from "../../output-schema/field-schemas.ts";
import type { VerbOutputSchema } from "../../output-schema/verb-output-schema.ts";

const BY_KIND = objectSchema({
  description: "How many findings of each kind there are, and how large they are together.",
  fields: Object.fromEntries(AUDIT_KINDS.map((kind) => [kind, refer("audit_count")])),
});

/** What only `catalog audit --json` writes. */
export const OUTPUT_SCHEMA: VerbOutputSchema = {
  summary: {
    description:
      "catalog audit. files: regular files in the root; elsewhere: rows whose files nobody here can look at; tables: rows and hash of each table, which a copy has, too; sha256: over all of them; steady: nobody wrote meanwhile; untold: kinds of which there may be more. What could not be looked at is null.",
    fields: {
      findings: COUNT,
      by_kind: BY_KIND,
      files: COUNT_OR_NULL,
      files_bytes: COUNT_OR_NULL,
      elsewhere: COUNT_OR_NULL,
      given_back: COUNT,
      tables: { type: "array", items: refer("table_digest") },
      sha256: SHA256_OR_NULL,
      steady: BOOLEAN,
      untold: { type: "array", items: { enum: [...AUDIT_KINDS] } },
    },
  },
  findings: {
    audit_finding: {
      description:
        "Something that is not as it should be. path: a file that is none of the store's, or a name that no URI has; table and id: the row that it is about.",
      kinds: [...AUDIT_KINDS],
      fields: {
        reason: { enum: [...AUDIT_REASONS] },
        uri: TEXT_OR_NULL,
        path: TEXT_OR_NULL,
        table: { enum: ["documents", "variants", null] },
        id: { type: ["integer", "null"], minimum: 1 },
        bytes: COUNT_OR_NULL,
        expected_bytes: COUNT_OR_NULL,
      },
    },
  },
  progress: {
    audit_progress: {
      description: "How far an audit is.",
      fields: { phase: { enum: ["database", "rows", "files", "missing"] }, done: COUNT },
    },
  },
  definitions: {
    audit_count: objectSchema({
      description: "How many there are, and the sum of their sizes.",
      fields: { count: COUNT, bytes: COUNT },
    }),
    table_digest: objectSchema({
      description: "A table as it was when it was read.",
      fields: { table: TEXT, rows: COUNT, sha256: SHA256 },
    }),
  },
};

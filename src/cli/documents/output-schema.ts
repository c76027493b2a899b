import {
  COUNT,
  COUNT_OR_NULL,
  type JsonSchema,
  objectSchema,
  POSITIVE,
  SHA256,
  SHA256_OR_NULL,
  TEXT,
  TEXT_OR_NULL,
  TIMESTAMP,
} from "../output-schema/field-schemas.ts";

const DOCUMENT_FIELDS: Readonly<Record<string, JsonSchema>> = {
  id: POSITIVE,
  artifact_id: TEXT,
  source_url: TEXT,
  resolver: TEXT,
  content_type: TEXT_OR_NULL,
  bytes: COUNT,
  sha256: SHA256_OR_NULL,
  storage_uri: TEXT,
  created_at: TIMESTAMP,
  updated_at: TIMESTAMP,
  run_id: TEXT_OR_NULL,
};

const VARIANT_FIELDS: Readonly<Record<string, JsonSchema>> = {
  id: POSITIVE,
  document_id: POSITIVE,
  variant: TEXT,
  storage_uri: TEXT,
  bytes: COUNT_OR_NULL,
  content_type: TEXT_OR_NULL,
  sha256: SHA256_OR_NULL,
  created_at: TIMESTAMP,
};

/** The lines of documents and variants, by the names of their definitions. */
export const RECORD_LINES: readonly string[] = ["document", "variant"];

/** The lines of documents and variants, and what they and others refer to. */
export const RECORD_DEFINITIONS: Readonly<Record<string, JsonSchema>> = {
  sha256_or_null: { ...SHA256, type: ["string", "null"] },
  timestamp: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$" },
  document_fields: objectSchema({ description: "A row of the table documents.", fields: DOCUMENT_FIELDS }),
  document: objectSchema({
    description: "A document.",
    fields: { type: { const: "record" }, record: { const: "document" }, ...DOCUMENT_FIELDS },
  }),
  variant: objectSchema({
    description: "Another rendering of a document.",
    fields: { type: { const: "record" }, record: { const: "variant" }, ...VARIANT_FIELDS },
  }),
};

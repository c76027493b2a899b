import type { JsonFields } from "../output/part.ts";

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = JsonFields;

/** Any text. */
export const TEXT: JsonSchema = { type: "string" };

/** Any text, or `null` where there is none. */
export const TEXT_OR_NULL: JsonSchema = { type: ["string", "null"] };

/** `true` or `false`. */
export const BOOLEAN: JsonSchema = { type: "boolean" };

/** A whole number from 0: how many, or a size in bytes. */
export const COUNT: JsonSchema = { type: "integer", minimum: 0 };

/** A whole number from 0, or `null` where nobody knows. */
export const COUNT_OR_NULL: JsonSchema = { type: ["integer", "null"], minimum: 0 };

/** A whole number from 1: a row id, a line, a version. */
export const POSITIVE: JsonSchema = { type: "integer", minimum: 1 };

/** What to do about a finding. */
export const HINT: JsonSchema = { description: "What to do about it.", type: "string" };

/** A SHA-256 in lowercase hexadecimal. */
export const SHA256: JsonSchema = { type: "string", pattern: "^[0-9a-f]{64}$" };

/** A SHA-256, or `null` where nobody knows it. */
export const SHA256_OR_NULL: JsonSchema = refer("sha256_or_null");

/** A UTC timestamp, as all of them are written. */
export const TIMESTAMP: JsonSchema = refer("timestamp");

/** The schema that is defined under this name. */
export function refer(name: string): JsonSchema {
  return { $ref: `#/$defs/${name}` };
}

/** An object with these fields and no other. */
export function objectSchema({
  description,
  fields,
  optional = [],
}: {
  readonly description: string;
  readonly fields: Readonly<Record<string, JsonSchema>>;
  /** Those of the fields that may be missing. */
  readonly optional?: readonly string[];
}): JsonSchema {
  const required = Object.keys(fields).filter((name) => !optional.includes(name));
  return { description, type: "object", additionalProperties: false, required, properties: fields };
}

/** What would become of a file. */
export const PLANNED: Readonly<Record<string, JsonSchema>> = {
  artifact_id: TEXT,
  outcome: { enum: ["created", "found", "completed", "kept", "replaced", "variant", "placed", "removed_before"] },
  placement: { enum: ["stored", "linked", "cloned", "dedup", "none", "inPlace"] },
  bytes: COUNT,
  moved: BOOLEAN,
};

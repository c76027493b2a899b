import { RECORD_DEFINITIONS, RECORD_LINES } from "../documents/output-schema.ts";
import { OUTPUT_SCHEMA_VERSION } from "../output/json-printer.ts";
import { type JsonSchema, objectSchema, refer, TEXT, TEXT_OR_NULL, TIMESTAMP } from "./field-schemas.ts";
import type { FindingSchema, LineSchema, VerbOutputSchema } from "./verb-output-schema.ts";

/** A verb with what it writes. */
export interface VerbWithOutput {
  readonly verb: string;
  readonly output: VerbOutputSchema;
}

type Definitions = Readonly<Record<string, JsonSchema>>;

/** `schema/cli-output.schema.json`: the lines that all commands share, and the parts of the verbs. */
export function createOutputSchema(verbs: readonly VerbWithOutput[]): JsonSchema {
  const items = collect(verbs, itemLines);
  const findings = collect(verbs, findingLines);
  const summaries = collect(verbs, summaryLine);
  const progress = collect(verbs, progressLines);
  const lines = [...RECORD_LINES, "finding", ...Object.keys(items), "summary", "progress", "log", "error"];
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $comment: "Generated from src/cli/verbs/*/output-schema.ts by npm run generate.",
    title: "Lines of catalog --json",
    description: describe([...new Set(verbs.flatMap(typesOf))]),
    oneOf: lines.map(refer),
    $defs: {
      ...RECORD_DEFINITIONS,
      ...collect(verbs, ({ output }) => output.definitions ?? {}),
      ...items,
      finding: oneOf("Something to report.", findings),
      ...findings,
      summary: oneOf("The last line.", summaries),
      ...summaries,
      progress: oneOf("How far a command is.", progress),
      ...progress,
      ...MESSAGES,
    },
  };
}

/** The types of the items of a verb: their names, unless they say another one. */
function typesOf({ output: { items = {} } }: VerbWithOutput): readonly string[] {
  return Object.entries(items).map(([name, { fields }]) => String(fields["type"]?.["const"] ?? name));
}

function describe(items: readonly string[]): string {
  return [
    `Each line is one of these. On standard output: ${["record", "finding", ...items].join(", ")},`,
    "and summary as the last line of a command that came to its end. On standard error: progress, log, error.",
    `Version ${OUTPUT_SCHEMA_VERSION}: lines and fields may be added, none is taken away.`,
  ].join(" ");
}

/** The definitions of all verbs. @throws {RangeError} when two have one name */
function collect(verbs: readonly VerbWithOutput[], define: (verb: VerbWithOutput) => Definitions): Definitions {
  const all: Record<string, JsonSchema> = {};
  for (const verb of verbs) {
    for (const [name, schema] of Object.entries(define(verb))) {
      if (Object.hasOwn(all, name))
        throw new RangeError(`Cannot define "${name}" for ${verb.verb}: another verb has the name`);
      all[name] = schema;
    }
  }
  return all;
}

function oneOf(description: string, definitions: Definitions): JsonSchema {
  return { description, oneOf: Object.keys(definitions).map(refer) };
}

function itemLines({ output: { items = {} } }: VerbWithOutput): Definitions {
  return define(items, (line, type) => ({ type: { const: type }, ...line.fields }));
}

function findingLines({ output: { findings = {} } }: VerbWithOutput): Definitions {
  return define(findings, ({ kinds, fields }: FindingSchema) => {
    const [kind = ""] = kinds;
    return {
      type: { const: "finding" },
      kind: kinds.length === 1 ? { const: kind } : { enum: kinds },
      message: TEXT,
      ...fields,
    };
  });
}

function summaryLine({ verb, output: { summary } }: VerbWithOutput): Definitions {
  return define({ [`${verb.replaceAll("-", "_")}_summary`]: summary }, ({ fields }) => ({
    type: { const: "summary" },
    schema_version: { const: OUTPUT_SCHEMA_VERSION },
    command: { const: verb },
    ...fields,
  }));
}

function progressLines({ verb, output: { progress = {} } }: VerbWithOutput): Definitions {
  return define(progress, ({ fields }) => ({ type: { const: "progress" }, command: { const: verb }, ...fields }));
}

function define<Line extends LineSchema>(
  lines: Readonly<Record<string, Line>>,
  fieldsOf: (line: Line, name: string) => Definitions,
): Definitions {
  return Object.fromEntries(
    Object.entries(lines).map(([name, line]) => {
      return [name, objectSchema({ description: line.description, fields: fieldsOf(line, name) })];
    }),
  );
}

/** What the printer writes by itself. */
const MESSAGES: Definitions = {
  log: objectSchema({
    description: "A log line.",
    fields: {
      type: { const: "log" },
      time: TIMESTAMP,
      level: { enum: ["debug", "info", "warn", "error"] },
      message: TEXT,
      fields: { type: "object", additionalProperties: { type: ["string", "number", "boolean", "null"] } },
    },
  }),
  error: objectSchema({
    description:
      "Why a command ended before its end. code: one of the error codes of the library, or USAGE, INTERRUPTED, UNEXPECTED; guard: what said no, with REFUSED; trace: only with --verbose.",
    fields: {
      type: { const: "error" },
      code: { type: "string", pattern: "^[A-Z_]+$" },
      message: TEXT,
      hint: TEXT_OR_NULL,
      guard: TEXT,
      trace: TEXT,
    },
    optional: ["guard", "trace"],
  }),
};

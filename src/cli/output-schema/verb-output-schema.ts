import type { JsonSchema } from "./field-schemas.ts";

/** One kind of line. */
export interface LineSchema {
  readonly description: string;
  /** Its fields by name, beside those that the printer writes itself. */
  readonly fields: Readonly<Record<string, JsonSchema>>;
}

/** One kind of finding. */
export interface FindingSchema extends LineSchema {
  /** What its field `kind` can be. */
  readonly kinds: readonly string[];
}

/** What `--json` writes of one verb only. Definitions are named as in `schema/cli-output.schema.json`. */
export interface VerbOutputSchema {
  /** The last line. */
  readonly summary: LineSchema;
  /** Items by their type, beside documents and variants. */
  readonly items?: Readonly<Record<string, LineSchema>>;
  /** Findings by the name of their definition. */
  readonly findings?: Readonly<Record<string, FindingSchema>>;
  /** Progress by the name of its definition. */
  readonly progress?: Readonly<Record<string, LineSchema>>;
  /** What the lines refer to. */
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
}

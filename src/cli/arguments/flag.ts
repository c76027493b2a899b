/**
 * How the value of a flag is read:
 * - `boolean`: it has none
 * - `text`, `file`, `directory`: as it stands; the last two only differ in what a shell completes
 * - `choice`: one of `choices`
 * - `integer`: a whole number from 0, or from `minimum`
 * - `size`: bytes, like `10MiB`
 * - `days`: a number of days from 0, like `7` or `0.5`
 * - `span`: a span of time, like `10m`; becomes milliseconds
 * - `moment`: a date, or a span before now, like `30d`; becomes a UTC timestamp
 * - `hash`: at least 4 characters of a SHA-256
 * - `assignment`: `name=value`; with `choices`, these are the names
 */
export type FlagKind =
  | "boolean"
  | "text"
  | "file"
  | "directory"
  | "choice"
  | "integer"
  | "size"
  | "days"
  | "span"
  | "moment"
  | "hash"
  | "assignment";

/** A flag, from which parsing, validation, help and completions derive. */
export interface FlagDefinition {
  /** Without dashes. */
  readonly name: string;
  readonly kind: FlagKind;
  /** One phrase for the help. */
  readonly summary: string;
  /** The single letter that says the same. */
  readonly short?: string;
  /** What the help calls the value. */
  readonly placeholder?: string;
  readonly choices?: readonly string[];
  readonly minimum?: number;
  /** May come more than once; the values stand in order. */
  readonly repeatable?: true;
}

/** A word that a command takes. */
export interface ArgumentDefinition {
  readonly name: string;
  readonly summary: string;
  /** Any number of them, at least one. */
  readonly variadic?: true;
  /** It may be left out; only the last word of a command. */
  readonly optional?: true;
  readonly choices?: readonly string[];
  readonly kind: "text" | "file";
}

/** A verb, from which parsing, help and completions derive. */
export interface CommandDefinition {
  readonly verb: string;
  readonly summary: string;
  /** More about it, one paragraph each. */
  readonly details?: readonly string[];
  readonly arguments: readonly ArgumentDefinition[];
  readonly flags: readonly FlagDefinition[];
  /** Command lines without the program's name, each with what it does. */
  readonly examples: readonly (readonly [string, string])[];
}

type SingleValue<Flag> = Flag extends { readonly kind: "choice"; readonly choices: readonly (infer Choice)[] }
  ? Choice
  : Flag extends { readonly kind: "integer" | "size" | "days" | "span" }
    ? number
    : string;

type FlagValue<Flag> = Flag extends { readonly kind: "boolean" }
  ? boolean
  : Flag extends { readonly repeatable: true }
    ? readonly SingleValue<Flag>[]
    : SingleValue<Flag> | undefined;

/** The values of flags by name: booleans default to `false`, repeatable ones to no values, others to `undefined`. */
export type FlagValues<Flags extends readonly FlagDefinition[]> = {
  readonly [Flag in Flags[number] as Flag["name"]]: FlagValue<Flag>;
};

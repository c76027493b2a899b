import { CatalogError } from "../errors.ts";
import { redactSecrets } from "./_redact-secrets.ts";
import type { SettingKey } from "./_setting-keys.ts";
import { findNearestName } from "./nearest-name.ts";
import { escapeControls, quote } from "./quote.ts";

/** Why a setting cannot be used. */
export interface SettingProblem {
  /** The key path, if one is meant. */
  readonly key?: string | undefined;
  /** One sentence that names place, value and what is allowed; safe to print. */
  readonly text: string;
}

/** More problems than this are counted and not listed. */
const MAX_LISTED = 20;

/** The one error for all `problems` of the settings that came from `origin`. */
export function settingsError(origin: string, problems: readonly SettingProblem[]): CatalogError<"CONFIGURATION"> {
  const listed = problems.slice(0, MAX_LISTED).map((problem) => problem.text);
  if (problems.length > MAX_LISTED) listed.push(`and ${problems.length - MAX_LISTED} more`);
  const key = problems.find((problem) => problem.key !== undefined)?.key;
  return new CatalogError(
    "CONFIGURATION",
    `Cannot use the settings from ${escapeControls(redactSecrets(origin))}: ${listed.join("; ")}`,
    {
      details: { origin, ...(key === undefined ? {} : { key }) },
      hint: "Correct it there; schema/config.schema.json lists every key with its default.",
    },
  );
}

/** `value` for a message: texts quoted and without secrets, everything else by what it is. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return quote(redactSecrets(value), 100);
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  if (typeof value === "object" && value !== null) return "a group of keys";
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  return String(value);
}

/** The problem that `value`, which stands under the name `subject`, is nothing that `key` takes. */
export function wrongValue(key: SettingKey, subject: string, value: unknown): SettingProblem {
  return { key: key.path, text: `${subject} is ${describeValue(value)}, expected ${key.expected}` };
}

/** The problem that there is no `subject`; `suggestion` is the known name that was probably meant. */
export function unknownName(subject: string, suggestion: string | undefined): SettingProblem {
  const question = suggestion === undefined ? "" : `. Did you mean "${suggestion}"?`;
  return { key: subject.slice(0, 200), text: `${quoteName(subject)} is no known setting${question}` };
}

/** Finds what was meant by `name`: the nearest of `known`, else of `elsewhere`. */
export function suggestName(
  name: string,
  known: readonly string[],
  elsewhere: readonly string[] = [],
): string | undefined {
  if (name.length > 100) return undefined;
  return findNearestName(name, known) ?? elsewhere.find((path) => path.endsWith(`.${name}`));
}

/** A name as it is, if it is one that cannot be misread; else quoted and cut. */
function quoteName(name: string): string {
  return /^[\w.$-]{1,100}$/.test(name) ? name : quote(name, 100);
}

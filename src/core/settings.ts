import { CatalogError } from "../errors.ts";
import { findNearestName } from "./messages/nearest-name.ts";
import { escapeControls, quote } from "./messages/quote.ts";
import { resolvePath } from "./path.ts";
import {
  type CatalogSettings,
  SETTING_KEYS,
  type SettingKey,
  type SettingSection,
  type SettingValue,
  type StorageSettings,
} from "./settings/setting-keys.ts";
/** All settings, checked and complete. Frozen. */
export interface Settings {
  /** Where bytes are stored. */
  readonly storage: StorageSettings;
  /** `false`: files are placed and nothing is registered. */
  readonly catalog: CatalogSettings | false;
}

/** The settings that a caller gives; what is left out has its default. */
export interface SettingsInput {
  /** Where bytes are stored. @default every key has its own */
  readonly storage?: SectionInput<StorageSettings> | undefined;
  /** `false`: files are placed and nothing is registered. */
  readonly catalog?: SectionInput<CatalogSettings> | false | undefined;
}

/** What somebody says about a section of the settings: any of its keys. */
export type SectionInput<Section> = { readonly [Field in keyof Section]?: Section[Field] | undefined };

/** What one source says: values by key path, and `catalog` with `false` where the catalog is disabled. */
export type SettingValues = ReadonlyMap<string, SettingValue>;

/** How a source writes the names of keys: `name` is snake_case, as in files, `field` camelCase, as in the API. */
type NameStyle = "name" | "field";

const SECTIONS: readonly SettingSection[] = ["storage", "catalog"];
const KEY_PATHS: readonly string[] = SETTING_KEYS.map((key) => key.path);

/** Whether `key` can have the value `value`. */
export function acceptsValue(key: SettingKey, value: unknown): value is SettingValue {
  return key.accepts(value);
}

/**
 * Reads a whole configuration, its names as in files; what is left out has its default. Paths stay as they are:
 * see {@link resolveSettings}.
 * @throws {CatalogError} CONFIGURATION, with all problems, when there are any
 */
export function parseSettings(raw: unknown, origin: string): Settings {
  return parse(raw, origin, "name");
}

/**
 * Reads the settings that a caller gives; what is left out has its default. Paths stay as they are: see
 * {@link resolveSettings}.
 * @throws {CatalogError} CONFIGURATION, with all problems, when there are any
 */
export function settingsFromOptions(input: SettingsInput): Settings {
  return parse(input, "options", "field");
}

function parse(raw: unknown, origin: string, style: NameStyle): Settings {
  const { values, problems } = collect(raw, style);
  const wrong = new Set(problems.map((problem) => problem.key));
  problems.push(...findContradictions(values, style).filter((problem) => !wrong.has(problem.key)));
  if (problems.length > 0) throw settingsError(origin, problems);
  return assemble(values);
}

/**
 * Reads one source of several, its names as in files: only what it says itself, checked value by value.
 * @throws {CatalogError} CONFIGURATION, with all problems, when there are any
 */
export function parseSettingValues(raw: unknown, origin: string): SettingValues {
  const { values, problems } = collect(raw, "name");
  if (problems.length > 0) throw settingsError(origin, problems);
  return values;
}

/**
 * Puts settings together from checked values; what is left out has its default. `origins` says where each came from.
 * @throws {CatalogError} CONFIGURATION when the values contradict each other
 */
export function completeSettings(values: SettingValues, origins: ReadonlyMap<string, string>): Settings {
  const problems = findContradictions(values, "name");
  const [first] = problems;
  if (first !== undefined) {
    throw settingsError(origins.get(first.cause) ?? origins.get(first.key) ?? "default", problems);
  }
  return assemble(values);
}

function assemble(values: SettingValues): Settings {
  const section = (name: SettingSection): unknown => {
    const keys = SETTING_KEYS.filter((key) => key.section === name);
    return Object.freeze(Object.fromEntries(keys.map((key) => [key.field, values.get(key.path) ?? key.default])));
  };
  return Object.freeze({
    // The table of keys is typed by these interfaces, and every value fits its key.
    storage: section("storage") as StorageSettings,
    catalog: values.get("catalog") === false ? false : (section("catalog") as CatalogSettings),
  });
}

interface Contradiction extends SettingProblem {
  readonly key: string;
  /** The key path of the setting that makes the other one wrong. */
  readonly cause: string;
}

/** What each value allows and all together do not. */
function findContradictions(values: SettingValues, style: NameStyle): Contradiction[] {
  const { storage, catalog } = assemble(values);
  const found: Contradiction[] = [];
  const label = (path: string): string => {
    const key = SETTING_KEYS.find((candidate) => candidate.path === path);
    return key === undefined ? path : `${key.section}.${key[style]}`;
  };
  if (storage.backend === "s3" && storage.s3Bucket === null) {
    const [cause, key] = ["storage.backend", "storage.s3_bucket"] as const;
    found.push({
      cause,
      key,
      text: `${label(cause)} is "s3" and ${label(key)} is missing, expected the bucket's name`,
    });
  }
  if (catalog !== false && (catalog.backend === "postgres") !== isPostgresUrl(catalog.path)) {
    const [cause, key] = ["catalog.backend", "catalog.path"] as const;
    const expected = catalog.backend === "postgres" ? "a postgres:// URL" : "a path";
    const path = describeValue(catalog.path);
    found.push({
      cause,
      key,
      text: `${label(key)} is ${path}, expected ${expected} as ${label(cause)} is "${catalog.backend}"`,
    });
  }
  return found;
}

/** Whether a text names a PostgreSQL server and no path. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(text);
}

/** A path from a setting, absolute, seen from `folder`; the URL of a PostgreSQL server stays as it is. */
export function resolveSettingPath(folder: string, path: string): string {
  if (isPostgresUrl(path)) return path;
  // Where drives have letters a backslash is a separator, and the ports take "/" only.
  return resolvePath(folder, /^[A-Za-z]:\//.test(folder) ? path.replaceAll("\\", "/") : path);
}

/** `settings` with every path absolute, seen from `folder`. */
export function resolveSettings(settings: Settings, folder: string): Settings {
  const { storage, catalog } = settings;
  return Object.freeze({
    storage: Object.freeze({ ...storage, rootDir: resolveSettingPath(folder, storage.rootDir) }),
    catalog: catalog && Object.freeze({ ...catalog, path: resolveSettingPath(folder, catalog.path) }),
  });
}

interface Collected {
  readonly values: Map<string, SettingValue>;
  readonly problems: SettingProblem[];
}

function collect(raw: unknown, style: NameStyle): Collected {
  const collected: Collected = { values: new Map(), problems: [] };
  if (!isGroup(raw)) {
    collected.problems.push({ text: `it is ${describeValue(raw)}, expected the sections "storage" and "catalog"` });
    return collected;
  }
  for (const [name, value] of Object.entries(raw)) {
    const section = SECTIONS.find((known) => known === name);
    if (section !== undefined) collectSection(collected, section, { value, style });
    else if (name !== "$schema" || style === "field") {
      collected.problems.push(unknownName(name, suggestName(name, SECTIONS, KEY_PATHS)));
    } else if (typeof value !== "string") {
      collected.problems.push({ key: name, text: `$schema is ${describeValue(value)}, expected a text` });
    }
  }
  return collected;
}

function collectSection(
  { values, problems }: Collected,
  section: SettingSection,
  { value, style }: { readonly value: unknown; readonly style: NameStyle },
): void {
  // A section whose keys are all commented out is null in YAML.
  if (value === undefined || value === null) return;
  if (section === "catalog" && value === false) {
    values.set("catalog", false);
    return;
  }
  if (!isGroup(value)) {
    const expected = section === "catalog" ? "a group of keys, or false" : "a group of keys";
    problems.push({ key: section, text: `${section} is ${describeValue(value)}, expected ${expected}` });
    return;
  }
  const keys = SETTING_KEYS.filter((key) => key.section === section);
  for (const [name, item] of Object.entries(value)) {
    const key = keys.find((candidate) => candidate[style] === name);
    const subject = `${section}.${name}`;
    if (key === undefined) {
      const known = keys.map((candidate) => candidate[style]);
      problems.push(unknownName(subject, suggestName(name, known, KEY_PATHS)));
    } else if (acceptsValue(key, item)) values.set(key.path, item);
    else if (item !== undefined || style === "name") problems.push(wrongValue(key, subject, item));
  }
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  // Also true for objects without a prototype, as parsers make them; not for lists and dates.
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** Why a setting cannot be used. */
export interface SettingProblem {
  /** The key path, if one is meant. */
  readonly key?: string | undefined;
  /** One sentence that names place, value and what is allowed; safe to print. */
  readonly text: string;
}

/** Texts longer than this, in UTF-16 code units, are no settings but mistakes, and are not shown. */
const MAX_SHOWN = 4096;

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
  if (typeof value === "string") {
    return value.length > MAX_SHOWN ? `a text of ${value.length} characters` : quote(redactSecrets(value), 100);
  }
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

const SECRET_PARAMETER =
  /\b([\w.-]{0,64}(?:passw(?:or)?d|passphrase|pwd|passfile|secret|token|credential|signature|api_?key|sslkey|user(?:name)?|login)[\w.-]{0,64}=)(?:'[^']*'|"[^"]*"|[^&;#\s'"]*)/gi;

const USER_INFO = /\b([a-z][a-z0-9+.-]{0,64}:\/\/)(\S*)@/gi;

/** A host with or without a port: what stands before a path when there is no user. */
const HOST_ONLY = /^(?:\[[^\]]*\]|[^:/?#[\]]*)(?::\d*)?(?=[/?#])/;

/**
 * `text` without passwords, tokens and other credentials of the URLs and connection strings in it. The user name
 * before a password stays; where a URL is malformed more is taken out rather than less.
 */
export function redactSecrets(text: string): string {
  return text
    .replace(USER_INFO, (whole: string, scheme: string, rest: string) => {
      if (HOST_ONLY.test(rest)) return whole; // the "@" belongs to the path or the query
      const name = /^([^:/?#@]*):/.exec(rest)?.[1];
      return `${scheme}${name === undefined ? "***" : `${name}:***`}@`;
    })
    .replace(SECRET_PARAMETER, "$1***");
}

import * as v from "valibot";
import { DEFAULT_PATH_TEMPLATE } from "../naming/path-template.ts";
import { ON_CHANGE, type OnChange } from "../outcome.ts";

/** Where bytes are stored, and under which names. */
export interface StorageSettings {
  /** Files under a folder, or objects of an S3 bucket. @default "fs" */
  readonly backend: "fs" | "s3";
  /** The folder that bytes are stored under; a relative one starts where the host says. @default "data/docs" */
  readonly rootDir: string;
  /** How blobs are named: by their SHA-256, or for people from `pathTemplate`. @default "policy_path" */
  readonly layout: "cas" | "policy_path";
  /** The folder below `cas/` of the layout `cas`: one name. @default "sha256" */
  readonly casPrefix: string;
  /** Placeholders are those of `parsePathTemplate`. */
  readonly pathTemplate: string;
  /** Whether stored bytes get a second name instead of a second copy, in `policy_path`. @default true */
  readonly hardlinkDedup: boolean;
  /** Name of the bucket; the backend `s3` needs it. @default null */
  readonly s3Bucket: string | null;
  /** What every key in the bucket begins with. @default "docs/" */
  readonly s3Prefix: string;
  /** Storage class of new objects, as S3 names it. @default "STANDARD" */
  readonly s3StorageClass: string;
}

/** Where the catalog is kept, and what it does with what it is told. */
export interface CatalogSettings {
  /** An SQLite file, or a PostgreSQL server. @default "sqlite" */
  readonly backend: "sqlite" | "postgres";
  /** A path, or the connection URL of a PostgreSQL server: see `redactSecrets` before you print it. */
  readonly path: string;
  /** Whether a native SQLite engine uses a write-ahead log; sql.js does not ask. @default true */
  readonly walMode: boolean;
  /** Whether bytes are hashed when they are stored; without, `sha256` is `null`. @default true */
  readonly computeSha256: boolean;
  /** Whether a stored file is read again and compared with its hash before it is registered. @default false */
  readonly verifyOnRegister: boolean;
  /** In days; 0 keeps everything. */
  readonly retentionDays: number;
  /** How many copies of an artifact no retention rule drops; 0 holds none for that reason. @default 1 */
  readonly keepCopies: number;
  /** In days. */
  readonly orphanTtlDays: number;
  /** In days. */
  readonly trashTtlDays: number;
  /** The runtime's own SHA-256: for large streams where it has one (`auto`), never, or for all. @default "auto" */
  readonly hasher: "auto" | "wasm" | "native";
  /** In milliseconds. */
  readonly busyTimeout: number;
  /** In milliseconds; 0 looks before every read. */
  readonly refreshInterval: number;
  /** When what was acknowledged is on the device. */
  readonly durability: "commit" | "batch" | "checkpoint";
  /** Whether closing leaves one file. */
  readonly checkpointOnClose: "auto" | "always" | "never";
  /** How many earlier catalog files a checkpoint leaves beside the new one. */
  readonly keepSnapshots: number;
  /** What is done when a key comes again with other bytes and the call does not say. @default "keep" */
  readonly onChange: OnChange;
  /** For how long a claim on bytes that are on their way in is good, in milliseconds; it is renewed at half time. */
  readonly leaseTtl: number;
}

/** The sections that settings are grouped in. */
export type SettingSection = "storage" | "catalog";

/** What a setting can hold. */
export type SettingValue = string | number | boolean | null;

/** How a setting is written: what a text from the environment or a flag is turned into, and what a path is. */
export type SettingKind = "choice" | "boolean" | "number" | "path" | "text";

interface Definition<Value> {
  readonly kind: SettingKind;
  readonly schema: v.GenericSchema<Value>;
  readonly default: Value;
  /** What is allowed, after "expected". */
  readonly expected: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly flag?: string;
}

type Kind = "kind" | "schema" | "expected";

/** One key of the configuration: its names everywhere, its default and what it takes. */
export interface SettingKey {
  /** As in `--set`, for example `storage.root_dir`. */
  readonly path: string;
  /** The part of the configuration that it is in. */
  readonly section: SettingSection;
  /** In files, for example `root_dir`. */
  readonly name: string;
  /** In the API, for example `rootDir`. */
  readonly field: string;
  /** The environment variable, for example `CATALOG_STORAGE__ROOT_DIR`. */
  readonly env: string;
  /** The flag of its own, for example `--root`, where it has one. */
  readonly flag: string | undefined;
  /** What kind of value it takes, for help and for reading texts. */
  readonly kind: SettingKind;
  /** The values of a `choice`, else empty. */
  readonly choices: readonly string[];
  /** What the value must fit, as valibot has it: what the JSON Schema is made from. */
  readonly schema: object;
  /** Whether a value fits {@link schema}. */
  readonly accepts: (value: unknown) => boolean;
  /** What it is where nobody says; every key has one. */
  readonly default: SettingValue;
  /** What is allowed, as it stands after "expected". */
  readonly expected: string;
  /** One sentence. */
  readonly description: string;
}

/** `choices` as they stand in a message: "a", "b" or "c". */
function listChoices(choices: readonly string[]): string {
  const quoted = choices.map((choice) => `"${choice}"`);
  return `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

function choice<const Choice extends string>(choices: readonly Choice[]): Pick<Definition<Choice>, Kind | "choices"> {
  return { kind: "choice", schema: v.picklist(choices), expected: listChoices(choices), choices };
}

function text(pattern: RegExp, expected: string, kind: "text" | "path" = "text"): Pick<Definition<string>, Kind> {
  return { kind, schema: v.pipe(v.string(), v.regex(pattern)), expected };
}

const SWITCH: Pick<Definition<boolean>, Kind> = {
  kind: "boolean",
  schema: v.boolean(),
  expected: "true or false",
};

const DAYS: Pick<Definition<number>, Kind> = {
  kind: "number",
  schema: v.pipe(v.number(), v.finite(), v.minValue(0)),
  expected: "a number of days from 0",
};

const MILLISECONDS: Pick<Definition<number>, Kind> = {
  kind: "number",
  schema: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
  expected: "a whole number of milliseconds from 0",
};

/*
 * The patterns stand in the JSON Schema as well, so they mean the same with and without the flag "u". Well-formed
 * Unicode without NUL is all that a URI, a file system and both databases can hold.
 */
const TEXT = /^(?:[^\u0000\uD800-\uDFFF]|[\uD800-\uDBFF][\uDC00-\uDFFF])*$/;
const NOT_BLANK = String.raw`(?=\s*\S)`;
const NO_URL = String.raw`(?!\s*[A-Za-z][A-Za-z0-9+.\-]+:\/\/)`;
const NO_URL_BUT_POSTGRES = String.raw`(?!(?![Pp][Oo][Ss][Tt][Gg][Rr][Ee][Ss](?:[Qq][Ll])?:\/\/)\s*[A-Za-z][A-Za-z0-9+.\-]+:\/\/)`;
const LOCAL_PATH = new RegExp(`^${NOT_BLANK}${NO_URL}${TEXT.source.slice(1)}`);
const CATALOG_PATH = new RegExp(`^${NOT_BLANK}${NO_URL_BUT_POSTGRES}${TEXT.source.slice(1)}`);
/** Not the device names of Windows, with or without an extension. */
const NO_DEVICE = String.raw`(?!(?:[Cc][Oo][Nn]|[Pp][Rr][Nn]|[Aa][Uu][Xx]|[Nn][Uu][Ll]|(?:[Cc][Oo][Mm]|[Ll][Pp][Tt])[0-9])(?:\.|$))`;
const SEGMENT = new RegExp(`^${NO_DEVICE}${String.raw`[A-Za-z0-9](?:[A-Za-z0-9._\-]{0,62}[A-Za-z0-9_\-])?$`}`);

const STORAGE: { readonly [Field in keyof StorageSettings]: Definition<StorageSettings[Field]> } = {
  backend: {
    ...choice(["fs", "s3"]),
    default: "fs",
    description: "Where bytes are stored: in a folder, or in an S3 bucket.",
  },
  rootDir: {
    ...text(LOCAL_PATH, "a path that is not empty and no URL, without NUL", "path"),
    default: "data/docs",
    description: "The folder that the bytes are stored under.",
    flag: "--root",
  },
  layout: {
    ...choice(["cas", "policy_path"]),
    default: "policy_path",
    description: "How stored files are named: by their SHA-256, or for people from a template.",
  },
  casPrefix: {
    ...text(SEGMENT, "one name of up to 64 letters, digits, dots, dashes and underscores, as safe in any path"),
    default: "sha256",
    description: "The folder below cas/ that content-addressed files are stored in.",
  },
  pathTemplate: {
    ...text(new RegExp(`^${NOT_BLANK}${TEXT.source.slice(1)}`), "a path with placeholders like {resolver}, not empty"),
    default: DEFAULT_PATH_TEMPLATE,
    description: "How the layout policy_path names files, below the root.",
  },
  hardlinkDedup: {
    ...SWITCH,
    default: true,
    description: "Whether bytes that are stored already get a second name instead of a second copy.",
  },
  s3Bucket: {
    kind: "text",
    schema: v.nullable(v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/))),
    expected: "the name of a bucket: letters, digits, dots, dashes and underscores",
    default: null,
    description: "The bucket, for the backend s3.",
  },
  s3Prefix: {
    ...text(TEXT, "a text without NUL"),
    default: "docs/",
    description: "What every key in the bucket begins with.",
  },
  s3StorageClass: {
    ...text(/^[A-Z][A-Z0-9_]*$/, 'a storage class like "STANDARD" or "GLACIER_IR"'),
    default: "STANDARD",
    description: "The storage class of new objects in the bucket.",
  },
};

const CATALOG: { readonly [Field in keyof CatalogSettings]: Definition<CatalogSettings[Field]> } = {
  backend: {
    ...choice(["sqlite", "postgres"]),
    default: "sqlite",
    description: "What keeps the catalog: an SQLite file, or a PostgreSQL server.",
  },
  path: {
    ...text(CATALOG_PATH, "a path that is not empty, without NUL, or a postgres:// URL", "path"),
    default: "state/catalog.sqlite",
    description: "The catalog file, or the connection URL of the PostgreSQL server.",
    flag: "--catalog",
  },
  walMode: {
    ...SWITCH,
    default: true,
    description: "Whether a native SQLite engine uses a write-ahead log; without effect under sql.js.",
  },
  computeSha256: {
    ...SWITCH,
    default: true,
    description: "Whether bytes are hashed when they are stored.",
  },
  verifyOnRegister: {
    ...SWITCH,
    default: false,
    description: "Whether a stored file is read again and compared with its hash before it is registered.",
  },
  retentionDays: {
    ...DAYS,
    default: 0,
    description: "How many days documents are kept when no other retention rule is given; 0 keeps all.",
  },
  keepCopies: {
    kind: "number",
    schema: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000)),
    expected: "a whole number from 0 to 1000",
    default: 1,
    description: "How many copies of each artifact retention leaves whatever its rules say.",
  },
  orphanTtlDays: {
    ...DAYS,
    default: 7,
    description: "For how many days bytes must be unreferenced before they may be collected.",
  },
  trashTtlDays: {
    ...DAYS,
    default: 30,
    description: "For how many days collected bytes are kept in the trash, if they are to be kept.",
  },
  hasher: {
    ...choice(["auto", "wasm", "native"]),
    default: "auto",
    description: "What computes SHA-256: WebAssembly, the runtime's own, or the faster one for each stream.",
  },
  busyTimeout: {
    ...MILLISECONDS,
    default: 5000,
    description: "How many milliseconds to wait for another process that holds the catalog.",
  },
  refreshInterval: {
    ...MILLISECONDS,
    default: 5,
    description: "For how many milliseconds reads may miss what other processes changed; 0 looks before every read.",
  },
  durability: {
    ...choice(["commit", "batch", "checkpoint"]),
    default: "commit",
    description:
      "When what was acknowledged survives a power failure: at once, within a moment, or from the next checkpoint or the end on.",
  },
  checkpointOnClose: {
    ...choice(["auto", "always", "never"]),
    default: "auto",
    description: "Whether the end of a command that writes leaves one file: when that is quick, always, or never.",
  },
  keepSnapshots: {
    kind: "number",
    schema: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000)),
    expected: "a whole number from 0 to 1000",
    default: 0,
    description: "How many earlier catalog files each checkpoint leaves beside the catalog.",
  },
  onChange: {
    ...choice(ON_CHANGE),
    default: "keep",
    description:
      "What becomes of other bytes for a known document: kept out and reported, stored in its place, or beside it.",
  },
  leaseTtl: {
    kind: "number",
    // No timer of a runtime waits longer.
    schema: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 31 - 1)),
    expected: `a whole number from 1 to ${2 ** 31 - 1}`,
    default: 3_600_000,
    description:
      "For how many milliseconds bytes on their way in are kept from being collected when their process is gone.",
  },
};

function keysOf(
  section: SettingSection,
  definitions: Readonly<Record<string, Definition<SettingValue>>>,
): SettingKey[] {
  return Object.entries(definitions).map(([field, definition]) => {
    const name = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const { flag, choices = [], ...rest } = definition;
    return Object.freeze({
      path: `${section}.${name}`,
      section,
      name,
      field,
      env: `CATALOG_${section.toUpperCase()}__${name.toUpperCase()}`,
      flag,
      choices,
      accepts: (value: unknown) => v.is(definition.schema, value),
      ...rest,
    });
  });
}

/** Every key of the configuration, in the order of the documentation. */
export const SETTING_KEYS: readonly SettingKey[] = Object.freeze([
  ...keysOf("storage", STORAGE),
  ...keysOf("catalog", CATALOG),
]);

import { parseName } from "../document.ts";
import { quote } from "../messages/quote.ts";
import type { Sha256 } from "../sha256.ts";
import { findPathOfUri } from "../storage-uri.ts";
import { formatTimestamp, type Timestamp } from "../timestamp.ts";
import { ANY_HASH_FIELDS, DEFAULT_FIELDS, type FieldMap, type FieldName } from "./field-map.ts";
import type { ManifestEntry, ManifestObject, ManifestRendering } from "./manifest-entry.ts";
import {
  isAbsent,
  readContentType,
  readName,
  readOptionalName,
  readSha256,
  readSize,
  readTimestamp,
} from "./read-field.ts";

/** Options of {@link createGenericParser}. */
export interface GenericOptions {
  /** Which field of a line holds what. @default {@link DEFAULT_FIELDS} */
  readonly fields?: FieldMap | undefined;
  /** For lines that name none. */
  readonly resolver: string;
}

/** A value of a line, and the name it was found under. */
interface FoundField {
  readonly field: string;
  readonly value: unknown;
}

const NO_RENDERINGS: readonly ManifestRendering[] = [];

/** Numbers below this are seconds since 1970, others milliseconds: it is the year 5138 in one, March 1973 in the other. */
const FIRST_MILLISECONDS = 100_000_000_000;

/**
 * Makes a reader of lines of any JSONL. Each line stands for a stored file and must have an artifact id and a path
 * (or a `file:` URI in its place). A line without a source URL gets the `file:` URI of its file as one.
 * The reader throws a TypeError, RangeError or SyntaxError that names field and value when a line cannot be used.
 */
export function createGenericParser(options: GenericOptions): (line: ManifestObject) => ManifestEntry {
  const names = new Map<FieldName, readonly string[]>();
  for (const [name, common] of Object.entries(DEFAULT_FIELDS) as [FieldName, readonly string[]][]) {
    const mapped = options.fields?.[name];
    names.set(name, mapped === undefined ? common : [parseName(`field of ${name}`, mapped)]);
  }
  return (line) => {
    const find = (name: FieldName): FoundField => findField(line, names.get(name) ?? []);
    const resolver = find("resolver");
    const contentType = find("contentType");
    const runId = find("runId");
    return {
      kind: "outcome",
      artifactId: readArtifactId(find("artifactId")),
      sourceUrl: readSourceUrl(find("sourceUrl")),
      resolver: readOptionalName(resolver.field, resolver.value) ?? options.resolver,
      contentType: readContentType(contentType.field, contentType.value),
      path: readPath(find("path")),
      bytes: readSizeOrDigits(find("bytes")),
      sha256: readAnyHash(find("sha256"), options.fields?.sha256 !== undefined),
      createdAt: readMoment(find("createdAt")),
      runId: readOptionalName(runId.field, runId.value),
      renderings: NO_RENDERINGS,
    };
  };
}

function findField(line: ManifestObject, names: readonly string[]): FoundField {
  for (const field of names) {
    const value = findValue(line, field);
    if (!isAbsent(value)) return { field, value };
  }
  return { field: names.join(", "), value: undefined };
}

/** The value at a dotted name. Only what the line itself has is seen, never what objects inherit. */
function findValue(line: ManifestObject, name: string): unknown {
  if (Object.hasOwn(line, name)) return line[name];
  if (!name.includes(".")) return undefined;
  let value: unknown = line;
  for (const part of name.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as ManifestObject)[part];
  }
  return value;
}

function readArtifactId({ field, value }: FoundField): string {
  if (value === undefined) throw new TypeError(`Cannot use the line: it has no artifact id (${field})`);
  return readName(field, Number.isSafeInteger(value) ? String(value) : value);
}

function readSourceUrl({ field, value }: FoundField): string | null {
  return readOptionalName(field, value);
}

function readPath({ field, value }: FoundField): string {
  if (value === undefined) throw new TypeError(`Cannot use the line: it has no path (${field})`);
  const path = readName(field, value);
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return path;
  const local = findLocalPath(path);
  if (local === undefined) throw new SyntaxError(`Cannot use ${field} ${quote(path)}: it names no local file`);
  return readName(field, local);
}

function findLocalPath(uri: string): string | undefined {
  try {
    return findPathOfUri(uri);
  } catch {
    return undefined; // a "%" that encodes nothing, or a host that cannot be
  }
}

function readSizeOrDigits({ field, value }: FoundField): number | null {
  return readSize(field, typeof value === "string" && /^\s*\d+\s*$/.test(value) ? Number(value) : value);
}

function readAnyHash({ field, value }: FoundField, mapped: boolean): Sha256 | null {
  if (!mapped && ANY_HASH_FIELDS.has(field)) {
    if (typeof value !== "string" || !/^\s*(?:sha256[:-])?[0-9a-f]{64}\s*$/i.test(value)) return null;
  }
  return readSha256(field, value);
}

function readMoment({ field, value }: FoundField): Timestamp | null {
  if (typeof value !== "number") return readTimestamp(field, value);
  try {
    return formatTimestamp(Math.abs(value) < FIRST_MILLISECONDS ? value * 1000 : value);
  } catch {
    throw new RangeError(`Cannot use ${field} ${value}: expected seconds or milliseconds since 1970`);
  }
}

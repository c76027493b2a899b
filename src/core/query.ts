import { parseName, parseSize, parseSoughtName } from "./document.ts";
import { quote } from "./messages/quote.ts";
import { cleanSecrets } from "./secrets/clean-secrets.ts";
import { parseSha256Prefix } from "./sha256.ts";
import { TextMatch } from "./text-match.ts";
import { parseTimestamp } from "./timestamp.ts";

/** How search results are sorted; ties are broken by id. */
export type SearchSort = "created_at" | "updated_at" | "bytes" | "artifact_id" | "source_url" | "id";

/** Which documents to search for; all conditions must hold. Without any, all documents match. */
export interface SearchQuery {
  /** The artifact id, whole and exact. */
  readonly artifactId?: string | undefined;
  /** The source URL, whole and exact. */
  readonly sourceUrl?: string | undefined;
  /** The resolver, whole and exact. */
  readonly resolver?: string | undefined;
  /** The pipeline execution, whole and exact. */
  readonly runId?: string | undefined;
  /** A media type, which also finds it with parameters, or a family like `image/*`. */
  readonly contentType?: string | undefined;
  /** A hash or the beginning of one, of at least 4 characters. */
  readonly sha256?: string | undefined;
  /** The beginning of the storage URI. */
  readonly storageUriPrefix?: string | undefined;
  /**
   * Part of the artifact id, source URL or storage URI, as people read them: case and Unicode normal form make no
   * difference, and neither does percent-encoding.
   */
  readonly text?: string | undefined;
  /** Smallest size in bytes, inclusive. */
  readonly minBytes?: number | undefined;
  /** Largest size in bytes, inclusive. */
  readonly maxBytes?: number | undefined;
  /** Created at this time or later. */
  readonly since?: string | Date | undefined;
  /** Created before this time. */
  readonly until?: string | Date | undefined;
  /** With a hash on record, or without. */
  readonly hashed?: boolean | undefined;
  /** What comes first. @default "id" */
  readonly sort?: SearchSort | undefined;
  /** From the least to the greatest, or the other way; ids break ties in the same direction. @default "ascending" */
  readonly order?: "ascending" | "descending" | undefined;
  /** Stop after this many. @default no limit */
  readonly limit?: number | undefined;
  /** Go on behind the page that gave this cursor; filters, sort and order must be the same. */
  readonly cursor?: string | undefined;
}

/** A {@link SearchQuery} that was checked: what to compare, how to sort, where to go on. */
export interface ParsedQuery {
  /** A row has to meet all of them. */
  readonly conditions: readonly Condition[];
  /** The text of the condition `contains`, which SQL can only narrow down. */
  readonly text: TextMatch | undefined;
  /** What comes first. */
  readonly sort: SearchSort;
  /** From the greatest to the least; ids break ties in the same direction. */
  readonly descending: boolean;
  /** Stop after this many; the greatest safe integer where the query says nothing. */
  readonly limit: number;
  /** Go on behind the row with these values. */
  readonly after: Position | undefined;
  /** The same for queries that find the same rows in the same order. */
  readonly fingerprint: string;
}

/** One comparison of a column with a value; `prefix` takes it literally, `contains` as {@link TextMatch} does. */
export interface Condition {
  /** A column of the table of documents. */
  readonly column: string;
  /**
   * How they are compared. `media-type` finds a type with parameters, too; `is-null` and `is-not-null` use no value.
   */
  readonly operator: "=" | ">=" | "<=" | "<" | "prefix" | "media-type" | "contains" | "is-null" | "is-not-null";
  /** What the column is compared with: a number for sizes, text for all else. */
  readonly value: string | number;
  /** With `=`: another value that will do. */
  readonly other?: string;
}

/** Where a page ended. */
export interface Position {
  /** Of the column that is sorted by. */
  readonly value: string | number;
  /** Of the document, which breaks ties. */
  readonly id: number;
}

/** What results can be sorted by. */
export const SEARCH_SORTS = ["id", "created_at", "updated_at", "bytes", "artifact_id", "source_url"] as const;

const TEXT_COLUMNS = {
  artifactId: "artifact_id",
  sourceUrl: "source_url",
  resolver: "resolver",
  runId: "run_id",
} as const;

/**
 * Checks a query.
 * @throws {TypeError} for a condition of a wrong type or an unknown sort
 * @throws {RangeError} for a size or limit that is no whole number from 0
 * @throws {SyntaxError} for a hash prefix, time or cursor that cannot be read, or a cursor of another query
 */
export function parseQuery(query: SearchQuery): ParsedQuery {
  const conditions: Condition[] = [];
  for (const [field, column] of Object.entries(TEXT_COLUMNS)) {
    const value = query[field as keyof typeof TEXT_COLUMNS];
    if (value !== undefined) conditions.push(equals(column, parseSoughtName(field, value)));
  }
  conditions.push(...parseContentConditions(query), ...parseRangeConditions(query));
  const sort = query.sort ?? "id";
  if (!SEARCH_SORTS.includes(sort)) {
    throw new TypeError(`Cannot sort by ${quote(String(sort))}: expected one of ${SEARCH_SORTS.join(", ")}`);
  }
  const order = query.order ?? "ascending";
  if (order !== "ascending" && order !== "descending") {
    throw new TypeError(`Cannot sort in order ${quote(String(order))}: expected ascending or descending`);
  }
  const limit = query.limit === undefined ? Number.MAX_SAFE_INTEGER : parseSize("limit", query.limit);
  const fingerprint = fingerprintOf(JSON.stringify([conditions.map(withoutOther), sort, order]));
  const after = query.cursor === undefined ? undefined : parseCursor(query.cursor, fingerprint);
  const text = query.text === undefined ? undefined : new TextMatch(cleanSecrets(query.text));
  return { conditions, text, sort, descending: order === "descending", limit, after, fingerprint };
}

/** A query that was written down without its secrets is the same one. */
function withoutOther({ column, operator, value }: Condition): Condition {
  return { column, operator, value };
}

/** A value as it is given, or as it is stored: without the secrets of a URL. */
function equals(column: string, value: string): Condition {
  const stored = cleanSecrets(value);
  return { column, operator: "=", value: stored, ...(stored !== value && { other: value }) };
}

function parseContentConditions(query: SearchQuery): Condition[] {
  const conditions: Condition[] = [];
  const { contentType, sha256, storageUriPrefix, text, hashed } = query;
  if (contentType !== undefined) {
    const value = parseName("contentType", contentType).trim().toLowerCase();
    if (value.endsWith("/*"))
      conditions.push({ column: "content_type", operator: "prefix", value: value.slice(0, -1) });
    else conditions.push({ column: "content_type", operator: "media-type", value });
  }
  if (sha256 !== undefined) {
    conditions.push({ column: "sha256", operator: "prefix", value: parseSha256Prefix(sha256) });
  }
  if (storageUriPrefix !== undefined) {
    const value = parseSoughtName("storageUriPrefix", storageUriPrefix);
    conditions.push({ column: "storage_uri", operator: "prefix", value });
  }
  if (text !== undefined) {
    conditions.push({ column: "text", operator: "contains", value: cleanSecrets(parseName("text", text)) });
  }
  if (hashed !== undefined) {
    conditions.push({ column: "sha256", operator: hashed ? "is-not-null" : "is-null", value: "" });
  }
  return conditions;
}

function parseRangeConditions(query: SearchQuery): Condition[] {
  const conditions: Condition[] = [];
  const { minBytes, maxBytes, since, until } = query;
  if (minBytes !== undefined) {
    conditions.push({ column: "bytes", operator: ">=", value: parseSize("minBytes", minBytes) });
  }
  if (maxBytes !== undefined) {
    conditions.push({ column: "bytes", operator: "<=", value: parseSize("maxBytes", maxBytes) });
  }
  if (since !== undefined) conditions.push({ column: "created_at", operator: ">=", value: parseTimestamp(since) });
  if (until !== undefined) conditions.push({ column: "created_at", operator: "<", value: parseTimestamp(until) });
  return conditions;
}

/** The cursor of the page that ended at `position`: opaque to callers, safe in a URL and a shell. */
export function formatCursor(query: ParsedQuery, position: Position): string {
  const json = JSON.stringify([query.fingerprint, position.value, position.id]);
  const binary = String.fromCharCode(...new TextEncoder().encode(json));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function parseCursor(cursor: string, fingerprint: string): Position {
  let fields: unknown;
  try {
    const binary = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    fields = JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0))));
  } catch (cause) {
    throw new SyntaxError(`Cannot read cursor ${quote(cursor)}: it is no cursor of a search`, { cause });
  }
  const [owner, value, id] = Array.isArray(fields) ? fields : [];
  if ((typeof value !== "string" && typeof value !== "number") || !Number.isSafeInteger(id)) {
    throw new SyntaxError(`Cannot read cursor ${quote(cursor)}: it is no cursor of a search`);
  }
  if (owner !== fingerprint) {
    throw new SyntaxError(
      `Cannot use cursor ${quote(cursor)}: it belongs to a search with other filters, sort or order; start without one`,
    );
  }
  return { value, id };
}

/** FNV-1a, 32 bits (draft-eastlake-fnv): enough to tell queries apart by accident, which is all it guards against. */
function fingerprintOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(36);
}

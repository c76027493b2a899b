import type { DocumentRecord } from "../../core/document.ts";
import { formatCursor, type ParsedQuery, type Position, parseQuery, type SearchQuery } from "../../core/query.ts";
import type { TextMatch } from "../../core/text-match.ts";
import { type CatalogError, isCatalogError } from "../../errors.ts";
import type { SqlRow } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { DOCUMENT_FIELDS, MAX_TEXT_LENGTH } from "../records/columns.ts";
import { documentFromRow } from "../records/rows.ts";
import { selectPage } from "./search-statements.ts";

/** Some of the documents that a search found. */
export interface SearchPage {
  /** In the order that was asked for; empty when nothing matches. */
  readonly records: readonly DocumentRecord[];
  /** Give it to the next call to go on; `undefined` on the last page. */
  readonly cursor: string | undefined;
}

/** A {@link SearchQuery} for one page. */
export interface PageQuery extends SearchQuery {
  /** How many documents the page has at most: a whole number from 1. @default 100 */
  readonly pageSize?: number | undefined;
}

/** Options of `search` and `searchPage`. */
export interface SearchOptions extends CallOptions {
  /**
   * Called with the CORRUPT error of each row that holds what no row may; the search goes on without it. A row whose
   * text is too long to be looked at counts as found by every text. @default the search rejects with that error
   */
  readonly onDamagedRow?: ((error: CatalogError<"CORRUPT">) => void) | undefined;
}

/** Rows read at once while somebody iterates. */
const ITERATION_ROWS = 500;

/** All matching documents, page by page; each page sees what is committed by then. */
export async function* search(
  context: CatalogContext,
  query: SearchQuery,
  options: SearchOptions,
): AsyncGenerator<DocumentRecord, void, undefined> {
  const parsed = parseQuery(query);
  let after = parsed.after;
  let left = parsed.limit;
  while (left > 0) {
    const page = await readPage(context, parsed, { after, size: Math.min(left, ITERATION_ROWS), options });
    yield* page.records;
    left -= page.records.length;
    if (page.end === undefined) return;
    after = page.end;
  }
}

/** One page of matching documents. */
export async function searchPage(
  context: CatalogContext,
  query: PageQuery,
  options: SearchOptions,
): Promise<SearchPage> {
  const parsed = parseQuery(query);
  const size = Math.min(query.pageSize ?? 100, parsed.limit);
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new RangeError(`Cannot read a page of ${size} documents: expected a whole number from 1`);
  }
  const { records, end } = await readPage(context, parsed, { after: parsed.after, size, options });
  return { records, cursor: end && formatCursor(parsed, end) };
}

/** What a search has found so far, in order. */
interface Found {
  readonly records: DocumentRecord[];
  /** The row of each record: rows are sorted with the secrets that were taken out of the records. */
  readonly rows: SqlRow[];
  /** Rows that cannot be read, each with the number of records before it. */
  readonly damaged: { readonly at: number; readonly error: CatalogError<"CORRUPT"> }[];
}

/** Reads a page and where it ended, if more follows: one row more is read to know. */
async function readPage(
  context: CatalogContext,
  query: ParsedQuery,
  page: { after: Position | undefined; size: number; options: SearchOptions },
): Promise<{ records: DocumentRecord[]; end: Position | undefined }> {
  const { sort, text } = query;
  const wanted = page.size + 1;
  // Of the rows that SQL finds for a text some may not match: looking at many at once costs less than asking again.
  const rowsAtOnce = text === undefined ? wanted : Math.max(wanted, ITERATION_ROWS);
  const found: Found = { records: [], rows: [], damaged: [] };
  for (let after = page.after, more = true; more && found.records.length < wanted; ) {
    const rows = await context.sql.query(selectPage(query, after, rowsAtOnce), page.options);
    more = rows.length === rowsAtOnce;
    const block = more ? cutBlock(rows, sort) : rows;
    const last = block.at(-1);
    // Nothing tells where a block ends that is damaged from end to end.
    if (more && last === undefined) documentFromRow(rows[0] as SqlRow);
    for (const row of block) readInto(found, row, text);
    after = last && positionOf(last, sort);
  }
  return cutPage(found, { size: page.size, sort, options: page.options });
}

function readInto({ records, rows, damaged }: Found, row: SqlRow, text: TextMatch | undefined): void {
  try {
    const record = documentFromRow(row);
    if (text !== undefined && !hasText(record, text)) return;
    records.push(record);
    rows.push(row);
  } catch (error) {
    if (!isCatalogError(error, "CORRUPT")) throw error;
    damaged.push({ at: records.length, error });
  }
}

/** The records of a page; what is damaged before its end is told of, or thrown. */
function cutPage(
  { records, rows, damaged }: Found,
  { size, sort, options }: { size: number; sort: ParsedQuery["sort"]; options: SearchOptions },
): { records: DocumentRecord[]; end: Position | undefined } {
  const last = records.length > size ? rows[size - 1] : undefined;
  for (const { at, error } of damaged) {
    // What is damaged behind the last record is read again for the next page.
    if (last !== undefined && at >= size) break;
    if (options.onDamagedRow === undefined) throw error;
    options.onDamagedRow(error);
  }
  if (last === undefined) return { records, end: undefined };
  return { records: records.slice(0, size), end: positionOf(last, sort) };
}

function hasText({ artifactId, sourceUrl, storageUri }: DocumentRecord, text: TextMatch): boolean {
  return [artifactId, sourceUrl, storageUri].some((each) => text.isIn(each));
}

/** Rows up to the last from which a search can go on; those behind it are read again with the next. */
function cutBlock(rows: readonly SqlRow[], sort: ParsedQuery["sort"]): readonly SqlRow[] {
  const last = rows.findLastIndex((row) => positionOf(row, sort) !== undefined);
  return last < 0 ? [] : rows.slice(0, last + 1);
}

/** `undefined` where nothing can be compared with what the rows are sorted by: NULL, a BLOB, what was cut. */
function positionOf(row: SqlRow, sort: ParsedQuery["sort"]): Position | undefined {
  const [id] = row;
  const value = row[DOCUMENT_FIELDS.indexOf(sort)];
  if (typeof id !== "number" || !Number.isSafeInteger(id)) return undefined;
  if (typeof value === "number" || (typeof value === "string" && value.length <= MAX_TEXT_LENGTH)) return { value, id };
  return undefined;
}

import type { DocumentRecord } from "../../core/document.ts";
import { formatCursor, type ParsedQuery, type Position, parseQuery, type SearchQuery } from "../../core/query.ts";
import type { TextMatch } from "../../core/text-match.ts";
import type { SqlRow } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { DOCUMENT_COLUMNS } from "../records/columns.ts";
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

/** Rows read at once while somebody iterates. */
const ITERATION_ROWS = 500;

/** All matching documents, page by page; each page sees what is committed by then. */
export async function* search(
  context: CatalogContext,
  query: SearchQuery,
  options: CallOptions,
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
export async function searchPage(context: CatalogContext, query: PageQuery, options: CallOptions): Promise<SearchPage> {
  const parsed = parseQuery(query);
  const size = Math.min(query.pageSize ?? 100, parsed.limit);
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new RangeError(`Cannot read a page of ${size} documents: expected a whole number from 1`);
  }
  const { records, end } = await readPage(context, parsed, { after: parsed.after, size, options });
  return { records, cursor: end && formatCursor(parsed, end) };
}

/** Reads a page and where it ended, if more follows: one row more is read to know. */
async function readPage(
  context: CatalogContext,
  query: ParsedQuery,
  page: { after: Position | undefined; size: number; options: CallOptions },
): Promise<{ records: DocumentRecord[]; end: Position | undefined }> {
  const wanted = page.size + 1;
  // Of the rows that SQL finds for a text some may not match: looking at many at once costs less than asking again.
  const rowsAtOnce = query.text === undefined ? wanted : Math.max(wanted, ITERATION_ROWS);
  const found: { readonly row: SqlRow; readonly record: DocumentRecord }[] = [];
  for (let after = page.after, more = true; more && found.length < wanted; ) {
    const rows = await context.sql.query(selectPage(query, after, rowsAtOnce), page.options);
    const read = rows.map((row) => ({ row, record: documentFromRow(row) }));
    found.push(...read.filter(({ record }) => hasText(record, query.text)));
    after = endOf(rows.at(-1), query.sort);
    more = rows.length === rowsAtOnce;
  }
  const shown = found.slice(0, page.size);
  const end = found.length > page.size ? endOf(shown.at(-1)?.row, query.sort) : undefined;
  return { records: shown.map(({ record }) => record), end };
}

function hasText({ artifactId, sourceUrl, storageUri }: DocumentRecord, text: TextMatch | undefined): boolean {
  return text === undefined || [artifactId, sourceUrl, storageUri].some((each) => text.isIn(each));
}

/** By the columns and not by the record, from which the secrets of older rows were taken out: rows are sorted with them. */
function endOf(last: SqlRow | undefined, sort: ParsedQuery["sort"]): Position | undefined {
  if (last === undefined) return undefined;
  const value = last[DOCUMENT_COLUMNS.split(", ").indexOf(sort)];
  return { value: value as string | number, id: last[0] as number };
}

import type { DocumentKey, ParsedRegistration } from "../../core/document.ts";
import type { EarlierRemoval } from "../../core/outcome.ts";
import { compareBytes } from "../../core/outcome.ts";
import type { SqlEngine, SqlRow, SqlStatement } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import { BEFORE_ALL } from "../records/columns.ts";
import { earlierRemovalOf, type Tombstone, tombstoneFromRow } from "./tombstone.ts";
import { endTombstones, selectTombstonePaths, selectTombstones, selectTombstonesOf } from "./tombstones-statements.ts";

/** So many are read at a time. */
const PAGE = 256;

/** The tombstones of a key, and those of a path, in order: whatever bytes they are about. */
export async function findTombstones(
  sql: SqlEngine,
  { key, path }: { readonly key: DocumentKey; readonly path?: string | undefined },
): Promise<readonly Tombstone[]> {
  return readTombstones(sql, selectTombstonesOf(key, path));
}

/** The tombstones that a statement gives, with their paths. */
export async function readTombstones(
  sql: SqlEngine,
  select: SqlStatement,
  options: CallOptions = {},
): Promise<readonly Tombstone[]> {
  const found: Tombstone[] = [];
  for (const row of await sql.query(select, options)) {
    const id = Number(row[0]);
    found.push(tombstoneFromRow(row, pathsOf(await sql.query(selectTombstonePaths(id - 1, id), options))));
  }
  return found;
}

function pathsOf(rows: readonly SqlRow[]): readonly string[] {
  return rows.map(([, path]) => String(path));
}

/** All tombstones, in order. */
export async function* listTombstones(
  sql: SqlEngine,
  options: CallOptions,
): AsyncGenerator<Tombstone, void, undefined> {
  for (let after: number | undefined = BEFORE_ALL; after !== undefined; ) {
    const rows: readonly SqlRow[] = await sql.query(selectTombstones(after, PAGE), options);
    const lastId: number = Number(rows.at(-1)?.[0] ?? after);
    const paths = await sql.query(selectTombstonePaths(after, lastId), options);
    for (const row of rows) yield tombstoneFromRow(row, pathsOf(paths.filter(([id]) => id === row[0])));
    after = rows.length < PAGE ? undefined : lastId;
  }
}

/** What ends with the registration of bytes that were removed on purpose. */
export interface EndingTombstones {
  /** Ends them, behind the row; nothing where there are none. */
  readonly statements: readonly SqlStatement[];
  /** The last of them; `undefined` where there are none. */
  readonly removedBefore: EarlierRemoval | undefined;
}

/**
 * What ends when somebody wants bytes again, whom no tombstone stops: those of the key, or of the path, that are not about
 * other bytes for certain.
 */
export async function findEndingTombstones(
  sql: SqlEngine,
  document: ParsedRegistration,
  path?: string | undefined,
): Promise<EndingTombstones> {
  const found = await findTombstones(sql, { key: document, path });
  return endingOf(
    found.filter((each) => compareBytes(each, document) !== "other"),
    document,
  );
}

/** A result that says what it was, unless its bytes were not taken. */
export function withRemoval<Result extends { readonly outcome: string }>(
  result: Result,
  removedBefore: EarlierRemoval | undefined,
): Result & { readonly removedBefore?: EarlierRemoval } {
  return removedBefore === undefined || result.outcome === "kept" ? result : { ...result, removedBefore };
}

/** What ends some tombstones with a registration. */
export function endingOf(tombstones: readonly Tombstone[], document: ParsedRegistration): EndingTombstones {
  const ids = tombstones.map(({ id }) => id);
  return {
    statements: ids.length === 0 ? [] : [endTombstones(ids, document)],
    removedBefore: earlierRemovalOf(tombstones),
  };
}

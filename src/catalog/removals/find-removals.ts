import { inChunks } from "../../core/in-chunks.ts";
import type { Sha256Prefix } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlEngine, SqlRow } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import type { CanonicalNames, NamedPlace } from "../files/canonical-name.ts";
import { BEFORE_ALL } from "../records/columns.ts";
import { type RemovalRecord, removalFromRow } from "./removal-line.ts";
import {
  selectLastRemoval,
  selectRemovalsBy,
  selectRemovalsByHash,
  selectRemovalsLike,
  selectRemovalsOfPlan,
} from "./removals-statements.ts";

/** What lines of `removals` are looked for by: all that are about any of these are found. */
export interface RemovalSearch {
  /** Of a row that is gone. */
  readonly id: number | undefined;
  /** Artifact ids or source URLs. */
  readonly names: readonly string[];
  /** The start of a hash. */
  readonly hash: Sha256Prefix | undefined;
  /** Places, and the texts by which rows name them. */
  readonly places: readonly NamedPlace[];
  /** See {@link places}. */
  readonly texts: readonly string[];
}

/** What {@link findRemovals} works with. */
export interface RemovalsContext {
  /** Where the lines are. */
  readonly sql: SqlEngine;
  /** Tells which place a line means. */
  readonly names: CanonicalNames;
}

/** So many texts are looked up at once. */
const TEXTS = 100;

/** So many lines are looked through at once. */
const LINES = 20_000;

/**
 * The lines of `removals` about something, in order. By URI and hash an index leads to them. What a line says of its
 * row, and a URI that is not written as it would be now, no index has: for these all lines are read, in pages.
 */
export async function findRemovals(
  context: RemovalsContext,
  search: RemovalSearch,
  options: CallOptions = {},
): Promise<readonly RemovalRecord[]> {
  const found = new Map<number, RemovalRecord>();
  const note = (records: readonly RemovalRecord[]): void => {
    for (const record of records) found.set(record.id, record);
  };
  note(await findRemovalsAt(context.sql, search.texts, options));
  if (search.hash !== undefined) {
    note((await context.sql.query(selectRemovalsByHash(search.hash), options)).map(removalFromRow));
  }
  for await (const page of lookThrough(context, search, options)) note(page);
  return [...found.values()].sort((one, other) => one.id - other.id);
}

/** The lines about places, by the texts that the lines have, in order. */
export async function findRemovalsAt(
  sql: SqlEngine,
  texts: readonly string[],
  options: CallOptions = {},
): Promise<readonly RemovalRecord[]> {
  const found: RemovalRecord[] = [];
  for (const some of inChunks(texts, TEXTS)) {
    found.push(...(await sql.query(selectRemovalsBy("uri", some), options)).map(removalFromRow));
  }
  return found.sort((one, other) => one.id - other.id);
}

/** The lines of an operation, a page at a time, in order. */
export async function* listRemovalsOfPlan(
  sql: SqlEngine,
  plan: string,
  options: CallOptions = {},
): AsyncGenerator<RemovalRecord, void, undefined> {
  for (let after: number | undefined = BEFORE_ALL; after !== undefined; ) {
    const rows: readonly SqlRow[] = await sql.query(selectRemovalsOfPlan(plan, after, LINES), options);
    const page = rows.map(removalFromRow);
    yield* page;
    after = page.length < LINES ? undefined : page.at(-1)?.id;
  }
}

async function* lookThrough(
  { sql, names }: RemovalsContext,
  search: RemovalSearch,
  options: CallOptions,
): AsyncGenerator<readonly RemovalRecord[], void, undefined> {
  const uris = new Set(search.places.map(({ uri }) => uri));
  const lastNames = [...new Set([...uris].map(lastNameOf))].filter((name) => name !== "");
  const [[last] = []] = await sql.query(selectLastRemoval(), options);
  for (let afterId = 0; afterId < Number(last ?? 0); afterId += LINES) {
    const range = { afterId, lastId: afterId + LINES };
    const rows = await sql.query(selectRemovalsLike({ ...search, lastNames }, range), options);
    const meant: RemovalRecord[] = [];
    for (const record of rows.map(removalFromRow)) {
      const isMeant = isAbout(record, search) || (await isAt(names, record, uris));
      if (isMeant) meant.push(record);
    }
    if (meant.length > 0) yield meant;
  }
}

async function isAt(names: CanonicalNames, { uri }: RemovalRecord, uris: ReadonlySet<StorageUri>): Promise<boolean> {
  return uri !== "" && uris.size > 0 && uris.has((await names.locate(uri)).uri);
}

function isAbout({ record }: RemovalRecord, { id, names }: RemovalSearch): boolean {
  if (record === null) return false;
  const { artifact_id: artifactId, source_url: sourceUrl } = record;
  return (id !== undefined && record["id"] === id) || names.some((name) => name === artifactId || name === sourceUrl);
}

function lastNameOf(uri: StorageUri): string {
  return uri.slice(uri.lastIndexOf("/") + 1);
}

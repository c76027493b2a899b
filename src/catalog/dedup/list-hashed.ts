import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { type HashedCursor, selectHashed } from "./dedup-statements.ts";

/** A row with a hash. */
export interface HashedRow {
  /** Of its bytes. */
  readonly sha256: Sha256;
  /** How many they are. */
  readonly bytes: number;
  /** Where they are, as the row has it. */
  readonly uri: StorageUri;
  /** This catalog put them there. */
  readonly isPlaced: boolean;
}

/** Which rows are wanted. */
export interface HashedOptions {
  /** Those with as many bytes, at least. */
  readonly minBytes: number;
  /** Ends the list. */
  readonly signal?: AbortSignal | undefined;
}

const PAGE_ROWS = 1000;

/** Rows and variants by hash, those with one hash together: two or more of them. Each table is read once, in pages. */
export async function* listHashed(
  sql: SqlEngine,
  options: HashedOptions,
): AsyncGenerator<readonly HashedRow[], void, undefined> {
  const tables = [listTable(sql, "documents", options), listTable(sql, "variants", options)];
  const heads = await Promise.all(tables.map((table) => table.next()));
  for (;;) {
    const [hash] = heads.flatMap(({ done, value }) => (done === true ? [] : [value.sha256])).sort();
    if (hash === undefined) return;
    const rows: HashedRow[] = [];
    for (const [index, table] of tables.entries()) {
      for (let head = heads[index]; head?.done === false && head.value.sha256 === hash; ) {
        rows.push(head.value);
        head = await table.next();
        heads[index] = head;
      }
    }
    if (rows.length > 1) yield rows;
  }
}

async function* listTable(
  sql: SqlEngine,
  table: "documents" | "variants",
  { minBytes, signal }: HashedOptions,
): AsyncGenerator<HashedRow, void, undefined> {
  let after: HashedCursor = { sha256: "", id: 0 };
  for (;;) {
    const rows = await sql.query(selectHashed(table, { after, minBytes, limit: PAGE_ROWS }), { signal });
    for (const [sha256, id, bytes, uri, isPlaced] of rows) {
      after = { sha256: String(sha256), id: Number(id) };
      yield {
        sha256: sha256 as Sha256,
        bytes: Number(bytes),
        uri: String(uri) as StorageUri,
        isPlaced: Number(isPlaced) === 1,
      };
    }
    if (rows.length < PAGE_ROWS) return;
  }
}

import type { StorageUri } from "../../../core/storage-uri.ts";
import type { SqlEngine } from "../../../ports/sql.ts";
import type { CallOptions } from "../../call-options.ts";
import { type BlobRows, findBlobRows } from "../../ledger/expectations.ts";
import { type BadPosition, countKnownBad, selectKnownBad } from "../repair-statements.ts";

/** So many are read at a time. */
const PAGE = 100;

/** Blobs that may be bad, and how many there are in all. */
export interface ChosenBlobs {
  /** How many there are, as far as that is known before they are looked at. */
  readonly total: number;
  /** What rows say about each. One that no row names any more is none. */
  list(): AsyncIterable<BlobRows>;
}

/** What is known to be bad, longest first. What is found meanwhile may come, too; nothing comes twice. */
export async function chooseKnownBad(sql: SqlEngine, options: CallOptions): Promise<ChosenBlobs> {
  const rows = await sql.query(countKnownBad(), options);
  const total = rows.reduce((sum, [count]) => sum + Number(count), 0);
  return { total, list: () => listKnownBad(sql, options) };
}

async function* listKnownBad(sql: SqlEngine, options: CallOptions): AsyncGenerator<BlobRows, void, undefined> {
  let position: BadPosition = ["", 0];
  for (let isFull = true; isFull; ) {
    const rows = await sql.query(selectKnownBad(position, PAGE), options);
    isFull = rows.length === PAGE;
    for (const [, badSince, id] of rows.slice(-1)) position = [String(badSince), Number(id)];
    yield* listRows(
      sql,
      rows.map(([uri]) => String(uri) as StorageUri),
      options,
    );
  }
}

/** Certain blobs, whatever is known of them. */
export function chooseNamed(sql: SqlEngine, uris: readonly StorageUri[], options: CallOptions): ChosenBlobs {
  return { total: uris.length, list: () => listRows(sql, uris, options) };
}

async function* listRows(
  sql: SqlEngine,
  uris: readonly StorageUri[],
  options: CallOptions,
): AsyncGenerator<BlobRows, void, undefined> {
  const found = await findBlobRows(sql, uris, options);
  for (const uri of uris) {
    const rows = found.get(uri);
    if (rows !== undefined) yield rows;
  }
}

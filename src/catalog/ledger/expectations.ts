import { inChunks } from "../../core/in-chunks.ts";
import { isSha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { BlobContent } from "../../core/verification/verification.ts";
import type { QueryOptions, SqlEngine, SqlRow } from "../../ports/sql.ts";
import { selectRowsOfBlobs } from "./expectation-statements.ts";

/** What rows say about a blob. */
export interface BlobRows {
  /** Its place, as they have it. */
  readonly uri: StorageUri;
  /** What they say it is, each once: those of documents by id, then those of variants by id. None has more than one. */
  readonly contents: readonly BlobContent[];
  /** The ids of the documents that name it, in order. */
  readonly documents: readonly number[];
  /** The ids of the variants that name it, in order. */
  readonly variants: readonly number[];
}

/** So many are looked up at once. */
const URIS = 250;

/** What rows say about blobs, by URI; nothing about one that no row names. */
export async function findBlobRows(
  sql: Pick<SqlEngine, "query">,
  uris: readonly StorageUri[],
  options: QueryOptions = {},
): Promise<ReadonlyMap<StorageUri, BlobRows>> {
  const found = new Map<StorageUri, CollectedRows>();
  for (const some of inChunks([...new Set(uris)], URIS)) {
    for (const table of ["documents", "variants"] as const) {
      for (const row of await sql.query(selectRowsOfBlobs(table, some), options)) collect(found, table, row);
    }
  }
  return found;
}

/** What some rows say, by the blobs that they name; each is URI, 0 for a document and 1 for a variant, id, hash, size. */
export function collectBlobRows(rows: readonly SqlRow[]): ReadonlyMap<StorageUri, BlobRows> {
  const found = new Map<StorageUri, CollectedRows>();
  for (const [uri = null, kind, ...rest] of rows) {
    collect(found, kind === 0 ? "documents" : "variants", [uri, ...rest]);
  }
  return found;
}

interface CollectedRows extends BlobRows {
  readonly contents: BlobContent[];
  readonly documents: number[];
  readonly variants: number[];
}

function collect(
  found: Map<StorageUri, CollectedRows>,
  table: "documents" | "variants",
  [at, id, sha256, bytes]: SqlRow,
): void {
  const uri = at as StorageUri;
  const rows = found.get(uri) ?? { uri, contents: [], documents: [], variants: [] };
  found.set(uri, rows);
  rows[table].push(Number(id));
  // Another tool may have written anything; what is no hash or size says nothing.
  const content: BlobContent = {
    sha256: isSha256(sha256) ? sha256 : null,
    bytes: typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null,
  };
  if (!rows.contents.some((each) => isSameContent(each, content))) rows.contents.push(content);
}

function isSameContent(one: BlobContent, other: BlobContent): boolean {
  return one.sha256 === other.sha256 && one.bytes === other.bytes;
}

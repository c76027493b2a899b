import type { DocumentRecord } from "../../core/document.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { selectDocumentsBy } from "../find/find-statements.ts";
import { documentFromRow } from "../records/rows.ts";
import { selectDuplicateGroups } from "./dedup-statements.ts";

/** Options of `findDuplicates`. */
export interface DuplicatesOptions extends CallOptions {
  /** Leave out groups whose bytes are fewer, in bytes. @default 0 */
  readonly minBytes?: number | undefined;
  /** At most so many groups. @default all */
  readonly limit?: number | undefined;
}

/** Documents with the same bytes. */
export interface DuplicateGroup {
  /** What they hash to. */
  readonly sha256: Sha256;
  /** Size of each, in bytes. */
  readonly bytes: number;
  /** At least two, by id. */
  readonly records: readonly DocumentRecord[];
  /** Different storage URIs among them. */
  readonly blobs: number;
  /** What storing the bytes once would free, if each storage URI has a copy of its own: `(blobs - 1) * bytes`. */
  readonly reclaimableBytes: number;
}

/** Groups of documents with the same bytes: those that waste most first, then the largest. */
export async function findDuplicates(
  context: CatalogContext,
  options: DuplicatesOptions,
): Promise<readonly DuplicateGroup[]> {
  const { minBytes = 0, limit = Number.MAX_SAFE_INTEGER, signal } = options;
  const rows = await context.sql.query(selectDuplicateGroups(minBytes, limit), { signal });
  const groups: DuplicateGroup[] = [];
  for (const row of rows) {
    const sha256 = row[0] as Sha256;
    const records = (await context.sql.query(selectDocumentsBy("sha256", sha256), { signal })).map(documentFromRow);
    const [bytes, blobs, reclaimableBytes] = row.slice(1) as [number, number, number];
    groups.push({ sha256, bytes, records, blobs, reclaimableBytes });
  }
  return groups;
}

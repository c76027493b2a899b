import type { DocumentRecord } from "../../core/document.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { CanonicalNames, type NamesContext } from "../files/canonical-name.ts";
import { selectDocumentsBy } from "../find/find-statements.ts";
import { documentFromRow } from "../records/rows.ts";
import { countStoredFiles } from "./count-stored-files.ts";
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
  /** Different storage URIs among them; two ways to write one count once. */
  readonly blobs: number;
  /**
   * Different files behind the storage URIs: two names of one file count once, and so does each object of an object
   * store. `null` when not one was found from here; then `reclaimableBytes` takes each storage URI for a file.
   */
  readonly files: number | null;
  /** Storage URIs behind which no file of that size was found; they count for nothing. */
  readonly missing: number;
  /** What storing the bytes once would free, in bytes: those of all files but one. */
  readonly reclaimableBytes: number;
  /** The files may share blocks of the device, which nobody can tell: then storing them once frees less. */
  readonly mayShareBlocks: boolean;
}

const GROUPS_BETWEEN_COUNTS = 256;

/**
 * Groups of documents with the same bytes: those that waste most first, then the largest. The files of a group are
 * looked at, but not read.
 */
export async function findDuplicates(
  context: CatalogContext & NamesContext,
  options: DuplicatesOptions,
): Promise<readonly DuplicateGroup[]> {
  const { minBytes = 0, limit = Number.MAX_SAFE_INTEGER, signal } = options;
  const groups: DuplicateGroup[] = [];
  const names = new CanonicalNames(context);
  const rows = await context.sql.query(selectDuplicateGroups(minBytes), { signal });
  for (const [index, row] of rows.entries()) {
    const [sha256, bytes, , atMost] = row as [Sha256, number, number, number];
    // Those that follow can free no more than is on record for them. Counting costs more than looking at a few too many.
    if (index % GROUPS_BETWEEN_COUNTS === 0 && countAbove(groups, atMost) >= limit) break;
    signal?.throwIfAborted();
    groups.push(await lookAtGroup({ ...context, names }, { sha256, bytes }, signal));
  }
  return groups.sort(compareGroups).slice(0, limit);
}

function countAbove(groups: readonly DuplicateGroup[], reclaimableBytes: number): number {
  return groups.filter((group) => group.reclaimableBytes > reclaimableBytes).length;
}

function compareGroups(one: DuplicateGroup, other: DuplicateGroup): number {
  const order = other.reclaimableBytes - one.reclaimableBytes || other.bytes - one.bytes;
  return order || (one.sha256 < other.sha256 ? -1 : 1);
}

async function lookAtGroup(
  context: CatalogContext & { readonly names: CanonicalNames },
  group: Pick<DuplicateGroup, "sha256" | "bytes">,
  signal: AbortSignal | undefined,
): Promise<DuplicateGroup> {
  const rows = await context.sql.query(selectDocumentsBy("sha256", group.sha256), { signal });
  const records = rows.map(documentFromRow);
  const uris = new Set<string>();
  for (const { storageUri } of records) uris.add((await context.names.locate(storageUri, { follow: true })).uri);
  const { files, missing, mayShareBlocks } = await countStoredFiles(context.fs, uris, group.bytes);
  const copies = files === 0 ? uris.size : files;
  return {
    ...group,
    records,
    blobs: uris.size,
    files: files === 0 ? null : files,
    missing,
    reclaimableBytes: (copies - 1) * group.bytes,
    mayShareBlocks,
  };
}

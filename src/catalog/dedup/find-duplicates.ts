import type { DocumentRecord } from "../../core/document.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { CallOptions } from "../call-options.ts";

/** Options of `findDuplicates` and `reportDuplicates`. */
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
  /** How many documents there are. */
  readonly documents: number;
  /** At least two, by id; of very many the first 1,000. */
  readonly records: readonly DocumentRecord[];
  /** Different storage URIs among them; two ways to write one count once. */
  readonly blobs: number;
  /**
   * Different files behind the storage URIs: two names of one file count once, and so does each object of an object
   * store. `null` when not one was found from here; then `reclaimableBytes` takes each storage URI for a file.
   */
  readonly files: number | null;
  /** Those of them below the root. */
  readonly filesInRoot: number;
  /** Storage URIs behind which no file of that size was found; they count for nothing. */
  readonly missing: number;
  /** What storing the bytes once would free, in bytes: those of all files but one. */
  readonly reclaimableBytes: number;
  /** What of that deduplicating could free: the bytes of all files below the root but one. */
  readonly dedupBytes: number;
  /** The files may share blocks of the device, which nobody can tell: then storing them once frees less. */
  readonly mayShareBlocks: boolean;
}

/** Documents that share their bytes with others, by something that they have in common. */
export interface DuplicateShare {
  /** What that is; `null` where they have none. */
  readonly name: string | null;
  /** How many there are. */
  readonly documents: number;
  /** What storing the bytes once would free: each file but the first of its group counts for the first document that names it. */
  readonly reclaimableBytes: number;
}

/** What is stored more than once, all in all. */
export interface DuplicatesReport {
  /** Groups of documents with the same bytes, those that waste most first. */
  readonly groups: readonly DuplicateGroup[];
  /** Of all groups, also those that are not among {@link groups}. */
  readonly total: {
    /** How many there are. */
    readonly groups: number;
    /** Documents in them. */
    readonly documents: number;
    /** See {@link DuplicateGroup.reclaimableBytes}. */
    readonly reclaimableBytes: number;
    /** See {@link DuplicateGroup.dedupBytes}. */
    readonly dedupBytes: number;
    /** Files may share blocks: then both are the most. */
    readonly mayShareBlocks: boolean;
  };
  /** By what found the URL, those that waste most first. */
  readonly byResolver: readonly DuplicateShare[];
  /** By media type, likewise. */
  readonly byContentType: readonly DuplicateShare[];
}

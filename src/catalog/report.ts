import type { DocumentRecord } from "../core/document.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { Timestamp } from "../core/timestamp.ts";
import type { CallOptions } from "./catalog.ts";

/** Options of `findDuplicates`. */
export interface DuplicatesOptions extends CallOptions {
  /** Leave out groups whose bytes are fewer, in bytes. @default 0 */
  readonly minBytes?: number | undefined;
  /** At most so many groups. @default all */
  readonly limit?: number | undefined;
}

/** Documents with the same bytes. */
export interface DuplicateGroup {
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

/** Figures for one resolver, content type, and so on. */
export interface StatsGroup {
  /** `null`: the documents that have none. */
  readonly name: string | null;
  readonly documents: number;
  readonly bytes: number;
}

/** Figures about the whole catalog. Sizes in bytes. */
export interface CatalogStats {
  readonly documents: number;
  readonly variants: number;
  readonly artifacts: number;
  /** Sum over documents. */
  readonly bytes: number;
  /** Sum over different contents; documents without a hash count one by one. */
  readonly distinctBytes: number;
  readonly distinctHashes: number;
  /** Documents without a hash on record. */
  readonly unhashed: number;
  readonly duplicateGroups: number;
  /** Documents in the largest group with one hash; 0 when nothing is hashed. */
  readonly largestGroup: number;
  readonly removals: number;
  readonly oldest: Timestamp | null;
  readonly newest: Timestamp | null;
  /** Most documents first. */
  readonly byResolver: readonly StatsGroup[];
  readonly byContentType: readonly StatsGroup[];
  readonly engine: string;
  readonly hasher: string;
  readonly schemaVersion: number;
  readonly catalogBytes: number;
}

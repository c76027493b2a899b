import type { BlobKey } from "../core/naming/blob-key.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { StorageUri } from "../core/storage-uri.ts";
import type { ProcessIdentity } from "./process.ts";
import type { RootMarkers } from "./root-markers.ts";

/** What a store can do; what it cannot is done in another way. */
export interface BlobCapabilities {
  /** It takes files of the machine as they lie ({@link BlobStore.adopt}). */
  readonly adopt: boolean;
  /** Two blobs can have the same bytes on the device ({@link BlobStore.share}). */
  readonly share: boolean;
}

/** Bytes that are on the device of a store, durable, and have no name yet. */
export interface StagedBlob {
  /** Unique, for {@link BlobStore}. */
  readonly name: string;
  /** How many bytes they are. */
  readonly sizeBytes: number;
  /** They are another name of a file that somebody else has, so their mode is not ours to change. */
  readonly shared: boolean;
  /** Nobody has the permission to write to them any more. @default false */
  readonly readOnly?: boolean | undefined;
  /** Permission bits, where they are those of a file that was there before. */
  readonly mode?: number | undefined;
}

/** Staged bytes that were found, on their way or left by a process that died. */
export interface FoundStaged {
  /** What {@link BlobStore.openStaged} and {@link BlobStore.dropStaged} take. */
  readonly staged: StagedBlob;
  /** Time of the last change, in milliseconds since 1970. */
  readonly modifiedMs: number;
  /**
   * Who staged them. They are a leftover when that process is gone or, where nobody can tell, when they were not
   * changed for a day.
   */
  readonly owner: ProcessIdentity;
}

/** Bytes on their way in. */
export interface BlobWriter {
  /** Takes all of `bytes`; the buffer may be reused when it has resolved. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when all bytes are durable. */
  finish(): Promise<StagedBlob>;
  /** Throws away what was written. After `finish`, and a second time, it does nothing. */
  drop(): Promise<void>;
}

/** What a store knows about a blob. */
export interface BlobStat {
  /** How many bytes it has. */
  readonly sizeBytes: number;
  /** Time of the last change, in milliseconds since 1970. */
  readonly modifiedMs: number;
  /** The same for two names of the same bytes, and for no two blobs at once; another one after a replacement. */
  readonly identity: string;
}

/** Why bytes were taken out of the way. Written beside them as JSON, names in snake_case. */
export interface QuarantineEvidence {
  /** They are more or fewer than on record, or hash to something else. */
  readonly reason: "size_mismatch" | "hash_mismatch";
  /** Where they were found. */
  readonly uri: StorageUri;
  /** What is on record, or `null` where that has no hash. */
  readonly expected_sha256: Sha256 | null;
  /** Size on record, in bytes. */
  readonly expected_bytes: number;
  /** What they hash to, or `null` where they were not read. */
  readonly actual_sha256: Sha256 | null;
  /** Size that was found, in bytes. */
  readonly actual_bytes: number;
  /** UTC. */
  readonly found_at: string;
}

/** Options of {@link BlobStore.stage}. */
export interface StageOptions {
  /** Says how they will be placed, which may save a step then. @default false */
  readonly readOnly?: boolean | undefined;
  /** Permission bits of the file that they come from: the blob gives no more, and no more than the umask. */
  readonly mode?: number | undefined;
}

/** Options of {@link BlobStore.place}. */
export interface PlaceOptions {
  /** Take away the permission to write, where there are permissions, unless the bytes are `shared`. @default false */
  readonly readOnly?: boolean | undefined;
  /** What the bytes hash to, if that is known: a store that receives them over a network has it compare (`INTEGRITY`). */
  readonly sha256?: Sha256 | undefined;
}

/** Options of {@link BlobStore.replace}. */
export interface ReplaceOptions extends PlaceOptions {
  /** What has the name. */
  readonly found: BlobStat;
  /** What was found wrong with it, kept beside it in quarantine. */
  readonly evidence: QuarantineEvidence;
}

/**
 * Blobs under keys, in one place called the root. A blob appears whole or not at all, is never written to, and is
 * durable after {@link BlobStore.syncName}. Absence is `undefined` or `false`; failures are `CatalogError`s:
 * `NO_SPACE`, `READ_ONLY`, `PERMISSION`, `NOT_FOUND` when what it works with was taken away, `REFUSED` when something
 * else stands where a blob or one of its folders would, like a symlink, `BACKEND`. Nothing outside the root is touched.
 */
export interface BlobStore {
  /** What callers may use; fixed as long as the store is. */
  readonly capabilities: BlobCapabilities;
  /** For messages: a path, or a URI without credentials. */
  readonly root: string;
  /** Which catalogs use the root. */
  readonly markers: RootMarkers;
  /** The URI that is registered for a key; {@link BlobStore.findKey} leads back. */
  uriOf(key: BlobKey): StorageUri;
  /** The key behind a URI, or `undefined` for one of another place. */
  findKey(uri: string): BlobKey | undefined;
  /**
   * The key under which the store lists what is at `key`: another one where names in different case are one name. Names
   * of what is not there stay as they are given.
   */
  canonicalKey(key: BlobKey): Promise<BlobKey>;
  /** Begins to take bytes in. */
  stage(options?: StageOptions): Promise<BlobWriter>;
  /**
   * Stages a file of the machine without writing its bytes again; `undefined` where that cannot be done.
   * - `clone`: a copy that shares the bytes until one of them is changed; it gives no more permissions than the file and
   *   the umask
   * - `link`: another name of the same file
   */
  adopt(path: string, how: "clone" | "link"): Promise<StagedBlob | undefined>;
  /**
   * What the store knows about staged bytes.
   * @throws {CatalogError} NOT_FOUND when somebody removed them
   */
  statStaged(staged: StagedBlob): Promise<BlobStat>;
  /** The staged bytes. Cancel the stream or read it to its end. */
  openStaged(staged: StagedBlob): Promise<ReadableStream<Uint8Array>>;
  /**
   * Gives staged bytes their name, without ever replacing: `false` when it is taken. They may then be staged still or
   * not: {@link BlobStore.dropStaged} is due in either case.
   */
  place(staged: StagedBlob, key: BlobKey, options?: PlaceOptions): Promise<boolean>;
  /**
   * Gives staged bytes a name that other bytes have, in one step; these go to quarantine first, unless they are none.
   * `false` when they are not those any more that were found. Only for a name that can stand for nothing but the
   * staged bytes.
   */
  replace(staged: StagedBlob, key: BlobKey, options: ReplaceOptions): Promise<boolean>;
  /**
   * Gives the bytes of a blob a second name, without replacing; `impossible` where the store or this blob cannot. Bytes
   * that are cloned give no more permissions than `mode` has.
   */
  share(
    existing: BlobKey,
    key: BlobKey,
    options?: Pick<StageOptions, "mode">,
  ): Promise<"linked" | "cloned" | "taken" | "impossible">;
  /** Resolves when the name is durable, with all folders above it, whoever made them. */
  syncName(key: BlobKey): Promise<void>;
  /**
   * Takes away the permission to write, where there are permissions and nobody else has a name for the same file: for
   * a blob that was `shared` when it was placed.
   */
  protect(key: BlobKey): Promise<void>;
  /** What anybody has staged, in no order. Only a collector removes what others have. */
  listStaged(): AsyncIterable<FoundStaged>;
  /** Throws away staged bytes; nothing happens when they are gone. */
  dropStaged(staged: StagedBlob): Promise<void>;
  /** Takes a blob out of the way; gives its key in quarantine, or `undefined` when there was none. */
  setAside(key: BlobKey, evidence: QuarantineEvidence): Promise<BlobKey | undefined>;
  /** What the store knows about a blob; `undefined` when there is none. */
  stat(key: BlobKey): Promise<BlobStat | undefined>;
  /**
   * Makes sure that this user may read a blob; nothing happens where there is none, or no permissions.
   * @throws {CatalogError} PERMISSION
   */
  requireReadable(key: BlobKey): Promise<void>;
  /** The bytes of a blob. Cancel the stream or read it to its end. */
  open(key: BlobKey): Promise<ReadableStream<Uint8Array> | undefined>;
}

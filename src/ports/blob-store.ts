import type { BlobKey } from "../core/naming/blob-key.ts";
import type { Sha256 } from "../core/sha256.ts";
import type { StorageUri } from "../core/storage-uri.ts";
import type { FileOwner } from "./file-system.ts";
import type { ProcessIdentity } from "./process.ts";
import type { RootMarkers } from "./root-markers.ts";

/** What a store can do; what it cannot is done in another way. */
export interface BlobCapabilities {
  /** It takes files of the machine as they lie ({@link BlobStore.adopt}). */
  readonly adopt: boolean;
  /** Two blobs can have the same bytes on the device ({@link BlobStore.share}). */
  readonly share: boolean;
  /**
   * Blobs can be taken out of their names and get them back. Where not, {@link BlobStore.take} and what belongs to it
   * fail with `UNSUPPORTED`, and nothing is ever found in the trash.
   */
  readonly take: boolean;
  /** Names can be given other bytes in one step; where not, {@link BlobStore.swap} fails with `UNSUPPORTED`. */
  readonly swap: boolean;
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
  /** That of {@link BlobStore.statStaged}. */
  readonly identity: string;
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
  /** How many names the bytes have, also outside the root; `undefined` where that is not known. */
  readonly links?: number | undefined;
  /** Permission bits, like `0o644`; `undefined` where there are none. */
  readonly mode?: number | undefined;
  /** To whom they belong; `undefined` where that is not known. */
  readonly owner?: FileOwner | undefined;
  /** What the bytes hash to, where the store itself compared that when they came, and keeps it. */
  readonly sha256?: Sha256 | undefined;
}

/** Something below the root. */
export type ListedBlob =
  | {
      /** `blob`: a regular file, which may also be what keeps a name; `symlink` and `special` are no blobs. */
      readonly kind: "blob" | "symlink" | "special";
      /** Its key, as the store lists it. */
      readonly key: BlobKey;
      /**
       * Only where the list brings it along; it would cost a look at each where it does not. What keeps a name is told as
       * the file that it is.
       */
      readonly stat?: BlobStat | undefined;
    }
  | {
      /** A folder with nothing in it, where {@link ListOptions.emptyFolders} asks for those. */
      readonly kind: "folder";
      /** What {@link BlobStore.removeFolder} takes. */
      readonly key: BlobKey;
      readonly stat?: undefined;
      /** Since when nothing came or went in it, in milliseconds since 1970; 0 where that is not known. */
      readonly modifiedMs: number;
    }
  | {
      /** Its name, or that of a folder above it, is no valid Unicode, or cannot be that of a blob. */
      readonly kind: "unknown";
      readonly key?: undefined;
      readonly stat?: undefined;
      /** Its name below the root, for people; it leads to nothing, or to something else. */
      readonly name: string;
    };

/** Options of {@link BlobStore.list}. */
export interface ListOptions {
  /** Only what lies below this folder. @default everything */
  readonly under?: BlobKey | undefined;
  /** Tells folders, too, in which there is nothing at all, not even a folder. @default false */
  readonly emptyFolders?: boolean | undefined;
  /** Brings along what is known of each blob, as far as it is still there. @default only where that costs nothing */
  readonly stat?: boolean | undefined;
  /** Ends the list. */
  readonly signal?: AbortSignal | undefined;
}

/** A blob that a run of a collector took out of its name. */
export interface TakenBlob {
  /** The name that it had. */
  readonly key: BlobKey;
  /** The run that took it, from {@link BlobStore.newRun}. */
  readonly run: string;
  /** Who runs, or ran: what a process took that is gone is to be given back. */
  readonly owner: ProcessIdentity;
  /** It is kept for people who want it back ({@link BlobStore.keepTaken}), and is no longer the business of the run. */
  readonly kept: boolean;
  /** Where it lies; {@link BlobStore.open} and {@link BlobStore.stat} take it. */
  readonly at: BlobKey;
  /** What lies there. */
  readonly stat: BlobStat;
}

/** Options of {@link BlobStore.take}. */
export interface TakeOptions {
  /** What has the name. */
  readonly found: BlobStat;
  /** The run that takes it, from {@link BlobStore.newRun}. */
  readonly run: string;
  /** Nobody else gets the name until the blob is given back, dropped or kept: a placeholder stands there. */
  readonly keepName: boolean;
}

/** Options of {@link BlobStore.giveBack}. */
export interface GiveBackOptions {
  /** The name that the blob gets. @default the one that it had */
  readonly to?: BlobKey | undefined;
}

/** Options of {@link BlobStore.setAside}. */
export interface SetAsideOptions {
  /** What has the name. */
  readonly found: BlobStat;
  /** What was found wrong with it, kept beside it. */
  readonly evidence: QuarantineEvidence;
}

/** A row that named bytes when they were taken out of the way. */
export interface EvidenceDocument {
  /** The `id` of the document. */
  readonly id: number;
  /** The thing that was wanted. */
  readonly artifact_id: string;
  /** Where the bytes came from, without secrets. */
  readonly source_url: string;
  /** The execution that registered it, or `null` where nobody said. */
  readonly run_id: string | null;
}

/**
 * Why bytes were taken out of the way. Written beside them as JSON, names in snake_case. Version 1 of that, which is read
 * still, has no catalog, verb and documents.
 */
export interface QuarantineEvidence {
  /** They are more or fewer than on record, or hash to something else. */
  readonly reason: "size_mismatch" | "hash_mismatch";
  /** Where they were found. */
  readonly uri: StorageUri;
  /** What is on record, or `null` where that has no hash. */
  readonly expected_sha256: Sha256 | null;
  /** Size on record, in bytes, or `null` where that has none. */
  readonly expected_bytes: number | null;
  /** What they hash to, or `null` where they were not read. */
  readonly actual_sha256: Sha256 | null;
  /** Size that was found, in bytes. */
  readonly actual_bytes: number;
  /** UTC. */
  readonly found_at: string;
  /** Whose rows `documents` are; `null` where there is no catalog. */
  readonly catalog_id: string | null;
  /** What came across them; `null` in version 1. */
  readonly verb: "ingest" | "verify" | "repair" | null;
  /** The rows that named them, by id; where there are more than 1,000 the first ones. */
  readonly documents: readonly EvidenceDocument[];
}

/** Bytes that were taken out of the way. */
export interface QuarantinedBlob {
  /** Where they lie; {@link BlobStore.open} and {@link BlobStore.stat} take it. */
  readonly at: BlobKey;
  /** Why they lie there; `null` where that is missing, or is nothing that this version can read. */
  readonly evidence: QuarantineEvidence | null;
  /** What lies there. */
  readonly stat: BlobStat;
  /** Since when, by the clock of the store, in milliseconds since 1970; rather too late than too early. */
  readonly quarantinedMs: number;
}

/** Options of {@link BlobStore.swap}. */
export interface SwapOptions {
  /** What has the name. */
  readonly found: BlobStat;
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
export interface ReplaceOptions extends PlaceOptions, SetAsideOptions {}

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
   * Gives staged bytes a name that other bytes have; these go to quarantine first, unless they are none: of many who
   * found the same bytes there one moves them. Only for a name that can stand for nothing but the staged bytes: it may be
   * free for a moment.
   * - `replaced`: the staged bytes have the name
   * - `overtaken`: what was found is in quarantine, and somebody else took the name meanwhile
   * - `changed`: what was found has the name no more; what has it stays
   */
  replace(staged: StagedBlob, key: BlobKey, options: ReplaceOptions): Promise<"replaced" | "overtaken" | "changed">;
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
  /**
   * Takes a blob out of the way, if it is the one that was found; gives its key in quarantine, or `undefined` when it is
   * gone. Another one that has the name by then stays, or gets it back. Of many who found the same bytes one moves them.
   */
  setAside(key: BlobKey, options: SetAsideOptions): Promise<BlobKey | undefined>;
  /** What was taken out of the way and lies there still, in pages of at most 256, in no order. */
  listQuarantined(): AsyncIterable<readonly QuarantinedBlob[]>;
  /** Deletes bytes in quarantine with their evidence; nothing happens when they are gone, or others by now. */
  dropQuarantined(blob: Pick<QuarantinedBlob, "at" | "stat">): Promise<void>;
  /**
   * Gives staged bytes, which equal those that a blob has, the name of it in one step, durable; `false` when what was
   * found has the name no more, or was changed meanwhile: that stays. Nothing is kept of it but, unless the staged bytes
   * are `shared`, its mode and time. A failure leaves the one or the other under the name. {@link BlobStore.dropStaged}
   * is due in either case.
   * @throws {CatalogError} UNSUPPORTED
   */
  swap(staged: StagedBlob, key: BlobKey, options: SwapOptions): Promise<boolean>;
  /**
   * What lies below the root, without the folders of the catalog's own, in pages of at most 256, in no order. No symlink
   * is followed. Only names are looked at, unless more is asked for; what others do meanwhile may be seen or not.
   */
  list(options?: ListOptions): AsyncIterable<readonly ListedBlob[]>;
  /**
   * Removes a folder that has nothing in it; `false` where there is none, or something is in it. Never one of the
   * catalog's own, nor what a symlink leads to: `false`, too. Who places a blob there meanwhile makes it again.
   */
  removeFolder(key: BlobKey): Promise<boolean>;
  /** One text for all keys that are one name here, where case does not count; elsewhere the key itself. */
  comparableKey(key: BlobKey): string;
  /** A name for a run of a collector, which tells who runs; nothing is made. */
  newRun(): string;
  /**
   * Takes a blob out of its name into the trash, where it is durable then; its name may be free for a moment before a
   * placeholder stands there. `undefined` when it is gone, or when what was moved is not what was found: that gets its
   * name back, or stays in the trash if somebody took the name meanwhile. A failure leaves the blob under its name or in
   * the trash.
   * @throws {CatalogError} CONFLICT when this run has a blob of that name already; UNSUPPORTED
   */
  take(key: BlobKey, options: TakeOptions): Promise<TakenBlob | undefined>;
  /**
   * Gives a blob its name back, durable, without replacing anything but the placeholder of its run; `taken` when somebody
   * has the name: then it stays where it is. With another name nothing is replaced at all, and the name that it had is
   * kept no longer when it has the new one.
   * @throws {CatalogError} NOT_FOUND when somebody dealt with it already; UNSUPPORTED
   */
  giveBack(taken: TakenBlob, options?: GiveBackOptions): Promise<"back" | "taken">;
  /** Keeps a blob in the trash for people who want it back; its name is free then, as after {@link BlobStore.dropTaken}. */
  keepTaken(taken: TakenBlob): Promise<TakenBlob>;
  /** Deletes a blob that was taken, and what keeps its name; nothing happens when it is gone. */
  dropTaken(taken: TakenBlob): Promise<void>;
  /** What runs took and nobody dealt with, of living processes and dead ones, and what is kept, in pages, in no order. */
  listTaken(): AsyncIterable<readonly TakenBlob[]>;
  /**
   * The blob of that name that a run took: first what is still to be decided, then what is kept; `undefined` where there
   * is neither.
   */
  findTaken(run: string, key: BlobKey): Promise<TakenBlob | undefined>;
  /**
   * Whether a placeholder of a run keeps a name. Such a name is taken for {@link BlobStore.place} and all others, and
   * there is no blob for {@link BlobStore.stat} and {@link BlobStore.open}.
   */
  isKept(key: BlobKey): Promise<boolean>;
  /**
   * Whether blobs may share blocks with other files of the device, so that the removal of one frees less than its size;
   * `false` only where that can never be.
   */
  mayShareBlocks(): Promise<boolean>;
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

import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { BlobContent, VerificationReason, VerificationResult } from "../../core/verification/verification.ts";
import type { CallOptions } from "../call-options.ts";

/** Options of `repair`. */
export interface RepairOptions extends CallOptions {
  /**
   * Only the blobs of these rows, whatever is known of them: each word is a row id, artifact id, source URL, hash or the
   * first characters of one (at least 4), URI or path.
   * @default all blobs that are known to be bad
   */
  readonly ids?: readonly string[] | undefined;
  /** The absolute folder that relative paths in `ids` are seen from. @default no word is a relative path */
  readonly workingDirectory?: string | undefined;
  /** Do it; else it is only said what would be tried, and nothing is written. @default false */
  readonly apply?: boolean | undefined;
  /** Fetch nothing that is larger, in bytes. @default what is on record is the limit */
  readonly maxBytes?: number | undefined;
  /** Fetch also from addresses that not everybody can reach. @default false */
  readonly allowPrivate?: boolean | undefined;
  /** Give bad blobs that lie outside of the root a place in it. @default they stay as they are */
  readonly intoRoot?: boolean | undefined;
  /** Keep other bytes that a source serves by now, as a variant of its document. @default they are dropped */
  readonly keepDrifted?: boolean | undefined;
  /** Told while it goes on. */
  readonly onProgress?: ((progress: RepairProgress) => void) | undefined;
}

/** How far a run of `repair` is. */
export interface RepairProgress {
  /** Blobs that are done. */
  readonly done: number;
  /** How many there are in all. */
  readonly total: number;
}

/** The values of {@link RepairOutcome}. */
export const REPAIR_OUTCOMES: readonly RepairOutcome[] = [
  "intact",
  "planned",
  "repaired",
  "blocked",
  "drifted",
  "unavailable",
  "lost",
];

/**
 * What became of a bad blob:
 * - `intact`: it is not bad, or not any more; only that is written down
 * - `planned`: it is bad, and there is something to try
 * - `repaired`: it has its bytes again
 * - `blocked`: nothing can be put in its place, as {@link RepairReason} says
 * - `drifted`: nobody has the bytes, and a source serves others by now
 * - `unavailable`: nobody gave the bytes, but somebody may another time, or with other options
 * - `lost`: nobody has the bytes
 */
export type RepairOutcome = "intact" | "planned" | "repaired" | "blocked" | "drifted" | "unavailable" | "lost";

/** The values of {@link RepairReason}. */
export const REPAIR_REASONS: readonly RepairReason[] = [
  "other_kind",
  "permission",
  "conflicting_records",
  "outside_root",
  "other_catalog",
  "in_use",
  "no_hash",
];

/**
 * Why a blob was not repaired:
 * - `blocked`: `other_kind`: a folder, symlink or special file has its name, which is never removed; `permission`: it may
 *   not be read, and may be what it should be; `conflicting_records`: rows name it with two hashes or sizes, so that no
 *   bytes are right; `outside_root`: it lies where nothing is written; `other_catalog`: another catalog of the root names
 *   what is there as something else, or cannot be asked
 * - `unavailable`: `in_use`: somebody is writing it, or a collector has its name
 * - `lost`: `no_hash`: no hash of it is on record, so that no bytes can be proven to be those
 */
export type RepairReason =
  | "other_kind"
  | "permission"
  | "conflicting_records"
  | "outside_root"
  | "other_catalog"
  | "in_use"
  | "no_hash";

/** The values of {@link RepairOrigin}. */
export const REPAIR_ORIGINS: readonly RepairOrigin[] = ["quarantine", "trash", "copy", "source"];

/**
 * Where right bytes may be, in the order in which it is tried: in quarantine, in the trash, in a file with the same hash on
 * record, also one that a blob was made from, or where a row was downloaded from.
 */
export type RepairOrigin = "quarantine" | "trash" | "copy" | "source";

/** The values of {@link RepairStepResult}. */
export const REPAIR_STEP_RESULTS: readonly RepairStepResult[] = [
  "untried",
  "right",
  "gone",
  "other_bytes",
  "other_size",
  "refused",
  "unavailable",
];

/**
 * What came of trying one place:
 * - `untried`: it was only said that it would be
 * - `right`: it has the bytes
 * - `gone`: nothing is there, or no more
 * - `other_bytes`: something else is there, which was read
 * - `other_size`: something larger or smaller is there, which was not read
 * - `refused`: it is not asked, or not followed
 * - `unavailable`: it could not be read; another time it may
 */
export type RepairStepResult = "untried" | "right" | "gone" | "other_bytes" | "other_size" | "refused" | "unavailable";

/** One place in which right bytes were looked for, or would be. */
export interface RepairStep {
  /** What kind of place it is. */
  readonly origin: RepairOrigin;
  /** Its URI, without secrets. */
  readonly uri: string;
  /** What came of it. */
  readonly result: RepairStepResult;
  /** The end of a sentence that begins with the place; `null` where `result` says it all. */
  readonly message: string | null;
  /** What a source serves by now; `null` where that is not known. */
  readonly drift: RepairDrift | null;
}

/** Other bytes that a source serves by now. */
export interface RepairDrift {
  /** Their hash. */
  readonly sha256: Sha256;
  /** How many they are. */
  readonly bytes: number;
  /** Under which name they were kept as a variant; `null`: they were not. */
  readonly variant: string | null;
}

/** What became of one blob. */
export interface RepairResult {
  /** Its place, as rows had it. */
  readonly uri: StorageUri;
  /** How it went. */
  readonly outcome: RepairOutcome;
  /** Why not; `null` where the outcome and the steps say it all. */
  readonly reason: RepairReason | null;
  /** What is on record. */
  readonly expected: BlobContent;
  /** How it was found, when it was looked at again. */
  readonly found: RepairedFrom;
  /** Where its bytes are now, if its rows name another place; else `null`. */
  readonly movedTo: StorageUri | null;
  /** Where right bytes were looked for, or would be, in order; of a blob that was repaired the last one had them. */
  readonly steps: readonly RepairStep[];
  /** The ids of the documents that name it, in order. */
  readonly documents: readonly number[];
  /** The ids of the variants that name it, in order. */
  readonly variants: readonly number[];
}

/** How a blob was found. */
export interface RepairedFrom {
  /** As verifying tells it. */
  readonly result: VerificationResult;
  /** Why it is not `ok`. */
  readonly reason: VerificationReason | null;
}

/** Checks numbers. @throws {RangeError} for one that cannot be */
export function checkRepairOptions({ maxBytes }: RepairOptions): void {
  if (maxBytes === undefined || (Number.isSafeInteger(maxBytes) && maxBytes >= 0)) return;
  throw new RangeError(`Cannot use maxBytes ${maxBytes}: expected a whole number from 0`);
}

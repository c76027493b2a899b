import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { BlobVerification } from "../../core/verification/verification.ts";
import type { CallOptions } from "../call-options.ts";

/** How much of a run of `verify` is enough. Each is looked at before a blob is begun; one is always done. */
export interface VerifyBudget {
  /** Begin nothing new when so many milliseconds are over. @default no limit */
  readonly timeMs?: number | undefined;
  /** Begin nothing with which more than so many bytes would be read. @default no limit */
  readonly bytes?: number | undefined;
}

/** Options of `verify`. */
export interface VerifyOptions extends CallOptions {
  /**
   * Only the blobs of these rows, those known to be good among them, too: each word is a row id, artifact id, source URL,
   * hash or the first characters of one (at least 4), URI or path.
   * @default all blobs
   */
  readonly ids?: readonly string[] | undefined;
  /** The absolute folder that relative paths in `ids` are seen from. @default no word is a relative path */
  readonly workingDirectory?: string | undefined;
  /** A share of what is due, drawn at random: above 0, up to 1. @default all of it */
  readonly sample?: number | undefined;
  /** Leave out what was verified within so many milliseconds. @default nothing is left out */
  readonly maxAgeMs?: number | undefined;
  /** Stop early. @default nothing stops it */
  readonly budget?: VerifyBudget | undefined;
  /** How many files are read at once. @default as many as there are processors, at most 4; one where there are no threads */
  readonly jobs?: number | undefined;
  /** Compare sizes only, or the checksum that the store itself keeps, where it keeps one. @default false */
  readonly quick?: boolean | undefined;
  /** Put bytes aside that are not those on record, if they lie in the root. The rows stay. @default false */
  readonly quarantine?: boolean | undefined;
  /** Give rows that have no hash that of the bytes which they name. @default false */
  readonly recordHashes?: boolean | undefined;
  /** Read what is known to be bad even if it was read within a day. @default only without `sample`, `maxAgeMs`, `budget` */
  readonly recheck?: boolean | undefined;
  /** Told while it goes on. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
  /** Told what was done when it came to its end. */
  readonly onSummary?: ((summary: VerifySummary) => void) | undefined;
}

/** What verifying one blob gave, with the rows that name it. */
export interface VerifiedBlob extends BlobVerification {
  /** The ids of the documents that name it, in order. */
  readonly documents: readonly number[];
  /** The ids of the variants that name it, in order. */
  readonly variants: readonly number[];
  /** Where its bytes were put aside; `null`: they were not. */
  readonly quarantine: StorageUri | null;
}

/** How far a run of `verify` is. */
export interface VerifyProgress {
  /** Blobs that were verified. */
  readonly done: number;
  /** How many there are in all. */
  readonly total: number;
  /** Bytes that were read. */
  readonly bytes: number;
}

/** What a run of `verify` did. */
export interface VerifySummary {
  /** Blobs that are what is on record. */
  readonly ok: number;
  /** Blobs that are something else. */
  readonly mismatch: number;
  /** Blobs that are not there. */
  readonly missing: number;
  /** Blobs that could not be read. */
  readonly unreadable: number;
  /** Blobs with nothing on record to compare them with, or where nobody can look. */
  readonly unchecked: number;
  /** Bytes that were read. */
  readonly bytes: number;
  /** All that was to be verified was. */
  readonly complete: boolean;
  /** How many blobs are left that were to be verified. */
  readonly left: number;
  /** When the blob was verified that was verified longest ago; `null`: none ever was. */
  readonly oldest: Timestamp | null;
  /** Blobs that are known to be bad, and were not read by this run. */
  readonly knownBad: number;
  /** Blobs whose bytes were put aside. */
  readonly quarantined: number;
  /** Rows that took the hash of their bytes. */
  readonly hashesRecorded: number;
  /** Why the results, or some of them, could not be written down, as one sentence; `undefined` where all were. */
  readonly notRememberedBecause: string | undefined;
}

/** Checks numbers. @throws {RangeError} for one that cannot be */
export function checkVerifyOptions({ sample, maxAgeMs, budget, jobs }: VerifyOptions): void {
  if (sample !== undefined && !(sample > 0 && sample <= 1)) {
    throw new RangeError(`Cannot use sample ${sample}: expected a number above 0, up to 1`);
  }
  if (jobs !== undefined && !(Number.isSafeInteger(jobs) && jobs > 0)) {
    throw new RangeError(`Cannot use jobs ${jobs}: expected a whole number from 1`);
  }
  const limits = { maxAgeMs, timeMs: budget?.timeMs, bytes: budget?.bytes };
  for (const [name, value] of Object.entries(limits)) {
    if (value === undefined || value >= 0) continue;
    throw new RangeError(`Cannot use ${name} ${value}: expected a number from 0`);
  }
}

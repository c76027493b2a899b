import type { Sha256 } from "../sha256.ts";
import type { StorageUri } from "../storage-uri.ts";
import type { Timestamp } from "../timestamp.ts";

/** The values of {@link VerificationResult}. */
export const VERIFICATION_RESULTS: readonly VerificationResult[] = [
  "ok",
  "mismatch",
  "missing",
  "unreadable",
  "unchecked",
];

/**
 * What became of verifying a blob:
 * - `ok`: it is what is on record, as strongly as {@link VerificationStrength} says
 * - `mismatch`: it is something else, or rows disagree about what it is
 * - `missing`: nothing has the name, or no file
 * - `unreadable`: it is there and could not be read
 * - `unchecked`: nothing is on record to compare it with, or nobody can look there; no failure
 */
export type VerificationResult = "ok" | "mismatch" | "missing" | "unreadable" | "unchecked";

/** The values of {@link BadResult}. */
export const BAD_RESULTS: readonly BadResult[] = ["mismatch", "missing", "unreadable"];

/** A result that is a failure. */
export type BadResult = "mismatch" | "missing" | "unreadable";

/** The values of {@link VerificationReason}. */
export const VERIFICATION_REASONS: readonly VerificationReason[] = [
  "hash",
  "size",
  "conflicting_records",
  "gone",
  "other_kind",
  "quarantined",
  "permission",
  "io",
  "changing",
  "no_hash",
  "no_store",
];

/**
 * Why a blob is not `ok`.
 * - `mismatch`: `hash`, `size`: it is not that on record; `conflicting_records`: rows name it with two hashes or sizes, so
 *   that at least one of them is wrong
 * - `missing`: `gone`; `other_kind`: a folder, symlink or special file has the name; `quarantined`: it was put aside
 * - `unreadable`: `permission`; `io`: the device or the system failed; `changing`: it was another file, or had another
 *   size or time, after it was read, twice
 * - `unchecked`: `no_hash`: none is on record, and the size is that on record; `no_store`: it is in a store that this
 *   catalog does not have, or its URI has a scheme that nobody knows
 */
export type VerificationReason =
  | "hash"
  | "size"
  | "conflicting_records"
  | "gone"
  | "other_kind"
  | "quarantined"
  | "permission"
  | "io"
  | "changing"
  | "no_hash"
  | "no_store";

/** The values of {@link VerificationStrength}. */
export const VERIFICATION_STRENGTHS: readonly VerificationStrength[] = ["full", "provider", "size", "none"];

/**
 * What was compared:
 * - `full`: the hash of all bytes, which were read
 * - `provider`: the SHA-256 that the store itself keeps
 * - `size`: only the size
 * - `none`: nothing
 */
export type VerificationStrength = "full" | "provider" | "size" | "none";

/** What a blob is, or should be. */
export interface BlobContent {
  /** Its hash, or `null` where that is not known. */
  readonly sha256: Sha256 | null;
  /** Its size in bytes, or `null` where that is not known. */
  readonly bytes: number | null;
}

/** What verifying one blob gave. */
export interface BlobVerification {
  /** Its place, as rows have it. */
  readonly uri: StorageUri;
  /** How it went. */
  readonly result: VerificationResult;
  /** Why it is not `ok`; `null` for what is. */
  readonly reason: VerificationReason | null;
  /** What was compared. */
  readonly strength: VerificationStrength;
  /** What is on record; of rows that disagree what the first of them has. */
  readonly expected: BlobContent;
  /** What was found, as far as it was looked at. */
  readonly actual: BlobContent;
  /** When it was compared. */
  readonly checkedAt: Timestamp;
}

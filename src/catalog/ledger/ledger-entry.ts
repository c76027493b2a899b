import { isSha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import { isTimestamp, type Timestamp } from "../../core/timestamp.ts";
import {
  type BlobContent,
  VERIFICATION_REASONS,
  VERIFICATION_RESULTS,
  VERIFICATION_STRENGTHS,
  type VerificationReason,
  type VerificationResult,
  type VerificationStrength,
} from "../../core/verification/verification.ts";
import type { SqlRow, SqlValue } from "../../ports/sql.ts";

/** What is remembered of the last time that a blob was verified. */
export interface LedgerEntry {
  /** Its place, as rows have it. */
  readonly uri: StorageUri;
  /** How it went. */
  readonly result: VerificationResult;
  /** Why it was not `ok`; `null` for what was, and where that is not on record. */
  readonly reason: VerificationReason | null;
  /** What was compared. */
  readonly strength: VerificationStrength;
  /** What was found, as far as it was something else than what was on record. */
  readonly actual: BlobContent;
  /** When it was compared. */
  readonly checkedAt: Timestamp;
  /** When it was last found `ok`; `null`: never. */
  readonly okAt: Timestamp | null;
  /** Since when it has been bad without having been found good again; `null`: it is not known to be bad. */
  readonly badSince: Timestamp | null;
  /** It is known to be bad, and its bytes were put aside. */
  readonly isPutAside: boolean;
}

/** The entry in a row of `ENTRY_COLUMNS`; `undefined` for one that another tool wrote, and that says nothing. */
export function entryFromRow(row: SqlRow): LedgerEntry | undefined {
  const [uri, result, strength, sha256, bytes, checkedAt, okAt, badSince, reason, isPutAside] = row;
  if (typeof uri !== "string" || !isTimestamp(checkedAt)) return undefined;
  if (!isOneOf(VERIFICATION_RESULTS, result) || !isOneOf(VERIFICATION_STRENGTHS, strength)) return undefined;
  return {
    uri: uri as StorageUri,
    result,
    reason: reasonOf({ result, strength, reason }),
    strength,
    actual: { sha256: isSha256(sha256) ? sha256 : null, bytes: typeof bytes === "number" ? bytes : null },
    checkedAt,
    okAt: result === "ok" ? checkedAt : timeOrNull(okAt),
    badSince: timeOrNull(badSince),
    isPutAside: isPutAside === 1,
  };
}

/** That of a bad blob stands in its incident; the two of what is unchecked are told apart by what was compared. */
function reasonOf(entry: {
  readonly result: VerificationResult;
  readonly strength: VerificationStrength;
  readonly reason: SqlValue | undefined;
}): VerificationReason | null {
  if (entry.result === "ok") return null;
  if (entry.result === "unchecked") return entry.strength === "none" ? "no_store" : "no_hash";
  return isOneOf(VERIFICATION_REASONS, entry.reason) ? entry.reason : null;
}

function timeOrNull(value: SqlValue | undefined): Timestamp | null {
  return isTimestamp(value) ? value : null;
}

/** Whether a value is one of a closed list. */
export function isOneOf<Value extends string>(values: readonly Value[], value: unknown): value is Value {
  return values.some((each) => each === value);
}

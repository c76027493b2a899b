import { isSha256 } from "../../../core/sha256.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import { isTimestamp, type Timestamp } from "../../../core/timestamp.ts";
import { INCIDENT_RESOLUTIONS, type IncidentResolution } from "../../../core/verification/incident-resolution.ts";
import {
  BAD_RESULTS,
  type BadResult,
  type BlobContent,
  VERIFICATION_REASONS,
  type VerificationReason,
} from "../../../core/verification/verification.ts";
import type { SqlRow, SqlValue } from "../../../ports/sql.ts";
import { isOneOf } from "../ledger-entry.ts";

/** One time that a blob turned bad, until it is resolved. */
export interface Incident {
  /** Given by the catalog, in the order in which incidents are opened. */
  readonly id: number;
  /** The place of the blob. */
  readonly uri: StorageUri;
  /** How it was found last. */
  readonly result: BadResult;
  /** Why it was not `ok`; `null` where that is not on record. */
  readonly reason: VerificationReason | null;
  /** What was on record when it turned bad. */
  readonly expected: BlobContent;
  /** What was found, as far as it was looked at. */
  readonly actual: BlobContent;
  /** When it was found bad first. */
  readonly foundAt: Timestamp;
  /** Where its bytes were put aside, or `null`. */
  readonly quarantine: StorageUri | null;
  /** When that ended, or `null` while it is bad. */
  readonly resolvedAt: Timestamp | null;
  /** How it ended, or `null` while it is bad. */
  readonly resolution: IncidentResolution | null;
}

/** The incident in a row of `INCIDENT_COLUMNS`; `undefined` for one that another tool wrote, and that says nothing. */
export function incidentFromRow(row: SqlRow): Incident | undefined {
  const [id, uri, result, reason, , , , , foundAt, quarantine, resolvedAt, resolution] = row;
  if (typeof uri !== "string" || !isOneOf(BAD_RESULTS, result) || !isTimestamp(foundAt)) return undefined;
  return {
    id: Number(id),
    uri: uri as StorageUri,
    result,
    reason: isOneOf(VERIFICATION_REASONS, reason) ? reason : null,
    expected: contentOf(row[4], row[5]),
    actual: contentOf(row[6], row[7]),
    foundAt,
    quarantine: typeof quarantine === "string" ? (quarantine as StorageUri) : null,
    resolvedAt: isTimestamp(resolvedAt) ? resolvedAt : null,
    resolution: isOneOf(INCIDENT_RESOLUTIONS, resolution) ? resolution : null,
  };
}

function contentOf(sha256: SqlValue | undefined, bytes: SqlValue | undefined): BlobContent {
  return { sha256: isSha256(sha256) ? sha256 : null, bytes: typeof bytes === "number" ? bytes : null };
}

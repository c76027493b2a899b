import { cleanSecrets } from "../../core/secrets/clean-secrets.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { statement } from "../records/columns.ts";

/** A source that serves other bytes than those on record. */
export interface DriftSighting {
  /** The source; its secrets are not written down. */
  readonly sourceUrl: string;
  /** What is on record. */
  readonly expectedSha256: Sha256;
  /** What it served. */
  readonly actualSha256: Sha256;
  /** How much that was, in bytes. */
  readonly actualBytes: number;
  /** When. */
  readonly seenAt: Timestamp;
}

/** Writes down that a source serves other bytes, or when it was last seen doing so. */
export function upsertDrift(drift: DriftSighting): SqlStatement {
  const { sourceUrl, expectedSha256, actualSha256, actualBytes, seenAt } = drift;
  return statement(
    `INSERT INTO drifts (source_url, expected_sha256, actual_sha256, actual_bytes, first_seen_at, last_seen_at)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (source_url, expected_sha256, actual_sha256) DO UPDATE SET last_seen_at = excluded.last_seen_at
       WHERE excluded.last_seen_at > drifts.last_seen_at`,
    ...[cleanSecrets(sourceUrl), expectedSha256, actualSha256, actualBytes, seenAt, seenAt],
  );
}

/** The URL and both hashes. */
export type DriftPosition = readonly [sourceUrl: string, expectedSha256: string, actualSha256: string];

/** The next drifts behind one, in the order of their key. */
export function selectDrifts(after: DriftPosition, size: number): SqlStatement {
  return statement(
    `SELECT source_url, expected_sha256, actual_sha256, actual_bytes, first_seen_at, last_seen_at
     FROM drifts WHERE (source_url, expected_sha256, actual_sha256) > (?, ?, ?)
     ORDER BY source_url, expected_sha256, actual_sha256 LIMIT ?`,
    ...[...after, size],
  );
}

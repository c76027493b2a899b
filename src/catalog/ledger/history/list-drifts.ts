import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import { isSha256, type Sha256 } from "../../../core/sha256.ts";
import { isTimestamp, type Timestamp } from "../../../core/timestamp.ts";
import type { SqlEngine, SqlRow } from "../../../ports/sql.ts";
import type { CallOptions } from "../../call-options.ts";
import { type DriftPosition, selectDrifts } from "../drift-statements.ts";

/** A source that served other bytes than those on record. */
export interface Drift {
  /** The source, without its secrets. */
  readonly sourceUrl: string;
  /** What is on record. */
  readonly expectedSha256: Sha256;
  /** What it served instead. */
  readonly actualSha256: Sha256;
  /** How much that was, in bytes. */
  readonly actualBytes: number;
  /** When it was first seen doing so. */
  readonly firstSeenAt: Timestamp;
  /** When it was last seen doing so. */
  readonly lastSeenAt: Timestamp;
}

/** So many are read at a time. */
const PAGE = 256;

/** What sources serve instead of what is on record, by URL. */
export async function* listDrifts(sql: SqlEngine, { signal }: CallOptions): AsyncGenerator<Drift, void, undefined> {
  for (let after: DriftPosition | undefined = ["", "", ""]; after !== undefined; ) {
    const rows: readonly SqlRow[] = await sql.query(selectDrifts(after, PAGE), { signal });
    for (const row of rows) {
      const drift = driftFromRow(row);
      if (drift !== undefined) yield drift;
    }
    after = rows.length < PAGE ? undefined : positionOf(rows[PAGE - 1] as SqlRow);
  }
}

function positionOf([url, expected, actual]: SqlRow): DriftPosition {
  return [String(url), String(expected), String(actual)];
}

/** `undefined` for what another tool wrote, and that says nothing. */
function driftFromRow([url, expected, actual, bytes, firstSeenAt, lastSeenAt]: SqlRow): Drift | undefined {
  if (typeof url !== "string" || !isSha256(expected) || !isSha256(actual)) return undefined;
  if (typeof bytes !== "number" || !isTimestamp(firstSeenAt) || !isTimestamp(lastSeenAt)) return undefined;
  return {
    sourceUrl: cleanSecrets(url),
    expectedSha256: expected,
    actualSha256: actual,
    actualBytes: bytes,
    firstSeenAt,
    lastSeenAt,
  };
}

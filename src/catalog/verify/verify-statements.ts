import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { boundedText, statement } from "../records/columns.ts";

function inTexts(texts: readonly string[]): string {
  return `IN (${texts.map(() => "?").join(", ")})`;
}

/** Which of some places have a lease. */
export function selectLeased(uris: readonly StorageUri[]): SqlStatement {
  return statement(`SELECT DISTINCT ${boundedText("uri")} FROM leases WHERE uri ${inTexts(uris)}`, ...uris);
}

/** Which of some blobs were verified since a moment. */
export function selectVerifiedSince(uris: readonly StorageUri[], since: Timestamp): SqlStatement {
  return statement(
    `SELECT ${boundedText("uri")} FROM verifications WHERE uri ${inTexts(uris)} AND checked_at >= ?`,
    ...uris,
    since,
  );
}

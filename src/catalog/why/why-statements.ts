import type { SqlStatement } from "../../ports/sql.ts";
import { boundedText, endOfPrefix, statement } from "../records/columns.ts";

function inTexts(texts: readonly string[]): string {
  return `IN (${texts.map(() => "?").join(", ")})`;
}

/** The leases of places: URI, origin, holder, when each was taken, and when it ends; in the order in which they were taken. */
export function selectLeasesAt(texts: readonly string[]): SqlStatement {
  return statement(
    `SELECT ${boundedText("uri")}, origin, ${boundedText("holder")}, taken_at, expires_at
     FROM leases WHERE uri ${inTexts(texts)} ORDER BY taken_at, id`,
    ...texts,
  );
}

/** The places of leases for bytes whose hash begins with a prefix; there are never many leases. */
export function selectLeasedByHash(prefix: string): SqlStatement {
  return statement(
    `SELECT ${boundedText("uri")} FROM leases WHERE sha256 >= ? AND sha256 < ? ORDER BY id`,
    prefix,
    endOfPrefix(prefix),
  );
}

/** How many documents and variants name a place by one of these texts. */
export function selectReferences(texts: readonly string[]): SqlStatement {
  const named = `WHERE storage_uri ${inTexts(texts)}`;
  return statement(
    `SELECT (SELECT COUNT(*) FROM documents ${named}), (SELECT COUNT(*) FROM variants ${named})`,
    ...texts,
    ...texts,
  );
}

/** What is on record about an orphan: size, time of change, since when. */
export function selectOrphan(uri: string): SqlStatement {
  return statement("SELECT bytes, modified_us, since FROM orphans WHERE uri = ?", uri);
}

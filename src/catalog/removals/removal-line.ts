import { cleanSecrets } from "../../core/secrets/clean-secrets.ts";
import { isSha256, type Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlRow, SqlValue } from "../../ports/sql.ts";
import { boundedText } from "../records/columns.ts";

/** A line of `removals`. Another tool can have written anything there: what cannot be read is `null`. Frozen. */
export interface RemovalRecord {
  /** Given by the catalog, in order. */
  readonly id: number;
  /** The blob that lost a reference, or is gone from its name; empty where nobody could read what the row named. */
  readonly uri: StorageUri;
  /** Of that blob as it was on record, or `null`. */
  readonly sha256: Sha256 | null;
  /** Its size as it was on record, or `null`. */
  readonly bytes: number | null;
  /** When it happened. */
  readonly removedAt: Timestamp;
  /** What did it: `remove`, `retention`, `replace`, `abandon`, `gc`, `displace`. */
  readonly verb: string;
  /** The operation that it was part of, or `null`. */
  readonly plan: string | null;
  /** Why, or `null` where nobody said. */
  readonly reason: string | null;
  /** The columns of the document, and what else is on record about the row; `null` for what was no row. */
  readonly record: Readonly<Record<string, unknown>> | null;
  /** The name of the variant, if the row was that of one; else `null`. */
  readonly variant: string | null;
  /** Media type of the row, or `null`. */
  readonly contentType: string | null;
  /** When the row was made, or `null`. */
  readonly createdAt: string | null;
  /** How the bytes came to their place: `placed`, `in_place`, `registered`, or `null`. */
  readonly origin: string | null;
}

/** What is selected for {@link removalFromRow}. A record has more texts than a row, so it is not bounded like these. */
export const REMOVAL_COLUMNS: string = [
  ...["id", boundedText("uri"), boundedText("sha256"), "bytes", "removed_at", "verb", "plan", boundedText("reason")],
  ...["record", boundedText("variant"), boundedText("content_type"), boundedText("created_at"), "origin"],
].join(", ");

/** The line in a row of {@link REMOVAL_COLUMNS}. */
export function removalFromRow(row: SqlRow): RemovalRecord {
  const text = (at: number): string | null => textOrNull(row[at]);
  const [id, , sha256, bytes] = row;
  return Object.freeze({
    id: Number(id),
    uri: (text(1) ?? "") as StorageUri,
    sha256: isSha256(sha256) ? sha256 : null,
    bytes: Number.isSafeInteger(bytes) ? Number(bytes) : null,
    removedAt: (text(4) ?? "") as Timestamp,
    verb: text(5) ?? "",
    plan: text(6),
    reason: text(7),
    record: parseRecord(text(8)),
    variant: text(9),
    contentType: text(10),
    createdAt: text(11),
    origin: text(12),
  });
}

/** Whether a line is that of a row which went, with its document, from the catalog; its bytes stayed then. */
export function isOfRow({ verb }: Pick<RemovalRecord, "verb">): boolean {
  return verb === "remove" || verb === "retention";
}

function textOrNull(value: SqlValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function parseRecord(text: string | null): RemovalRecord["record"] {
  if (text === null) return null;
  try {
    // Lines of before may have secrets, which nobody is shown.
    const value: unknown = JSON.parse(text, (_, each) => (typeof each === "string" ? cleanSecrets(each) : each));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    // It is no JSON: another tool wrote it.
    return null;
  }
}

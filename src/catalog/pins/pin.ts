import { parseSoughtName } from "../../core/document.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlRow } from "../../ports/sql.ts";

/** What a pin can be on. */
export const PIN_KINDS: readonly PinKind[] = ["document", "artifact", "sha256", "uri"];

/**
 * What a pin is on:
 * - `document`: a row, with its variants
 * - `artifact`: all rows of an artifact, with their variants, also those that come later
 * - `sha256`: bytes with a hash, wherever they are
 * - `uri`: the bytes at a place
 */
export type PinKind = "document" | "artifact" | "sha256" | "uri";

/** What is to be pinned. A path is an absolute one; it and a URI are taken for the place that they mean. */
export type PinTarget =
  | { readonly document: number }
  | { readonly artifact: string }
  | { readonly sha256: Sha256 }
  | { readonly path: string }
  | { readonly uri: StorageUri };

/** What a pin names, as the catalog has it. */
export interface PinKey {
  /** What it is on. */
  readonly kind: PinKind;
  /** The id of the row, the artifact id, the hash, or the URI of the place as rows have it. */
  readonly target: string;
}

/** Something that stays, whatever any rule says. */
export interface Pin extends PinKey {
  /** Why. */
  readonly reason: string;
  /** Since when. */
  readonly pinnedAt: Timestamp;
  /** When its catalog may end it; `null` for one that stays until somebody ends it. */
  readonly expiresAt: Timestamp | null;
}

/** The longest reason, in UTF-16 code units. */
const MAX_REASON = 4096;

/** Checks why something is pinned. @throws {TypeError} when it is empty or has a NUL; RangeError when it is too long */
export function parsePinReason(reason: string): string {
  const text = parseSoughtName("reason", reason);
  if (text.length <= MAX_REASON) return text;
  throw new RangeError(`Cannot pin: the reason has ${text.length} characters, at most ${MAX_REASON} are kept`);
}

/** The columns of a {@link Pin}, in the order in which {@link pinFromRow} reads them. */
export const PIN_FIELDS = ["kind", "target", "reason", "pinned_at", "expires_at"] as const;

/** A pin as the table has it; another tool can have written anything there. */
export function pinFromRow([kind, target, reason, pinnedAt, expiresAt]: SqlRow): Pin {
  return {
    kind: String(kind) as PinKind,
    target: String(target),
    reason: String(reason),
    pinnedAt: String(pinnedAt) as Timestamp,
    expiresAt: expiresAt === null ? null : (String(expiresAt) as Timestamp),
  };
}

import type { DocumentRecord, ParsedRegistration, ParsedVariant, VariantRecord } from "./document.ts";
import { quote } from "./messages/quote.ts";
import { shortHash } from "./naming/short-hash.ts";
import type { Sha256 } from "./sha256.ts";
import type { Timestamp } from "./timestamp.ts";

/**
 * What is done when a key comes again with other bytes:
 * - `keep`: the row stays as it is; the result names the offered hash and size
 * - `replace`: the row takes the new bytes; what it had goes to `removals`
 * - `variant`: the row stays; the new bytes become a variant of it, named `changed-` and the start of their hash
 */
export type OnChange = "keep" | "replace" | "variant";

/** The values of {@link OnChange}. */
export const ON_CHANGE: readonly OnChange[] = ["keep", "replace", "variant"];

/** Checks what to do about other bytes. @throws {TypeError} when it is none of {@link ON_CHANGE} */
export function parseOnChange(value: string): OnChange {
  const known = ON_CHANGE.find((each) => each === value);
  if (known) return known;
  throw new TypeError(`Cannot use onChange ${quote(value)}: expected one of ${ON_CHANGE.join(", ")}`);
}

/**
 * What registering did:
 * - `created`: a new row
 * - `found`: the row was there with the same bytes
 * - `completed`: the row was there and took a hash or content type that it lacked
 * - `kept`, `replaced`, `variant`: the row was there with other bytes, see {@link OnChange}
 */
export type RegisterOutcome = "created" | "found" | "completed" | "kept" | "replaced" | "variant";

/** What was offered for a key that has other bytes on record. */
export interface OfferedBytes {
  /** Digest of the bytes that were offered, or `null` if it is not known. */
  readonly sha256: Sha256 | null;
  /** Size in bytes; of a variant also `null`. */
  readonly bytes: number | null;
}

/** What takes rows out on purpose. */
export type RemovalVerb = "remove" | "retention";

/** That bytes were removed on purpose before somebody registered them again. */
export interface EarlierRemoval {
  /** When. */
  readonly removedAt: Timestamp;
  /** By what. */
  readonly verb: RemovalVerb;
  /** Why, or `null` where nobody said. */
  readonly reason: string | null;
}

/** The answer to a registration. */
export interface RegisterResult {
  /** The row as it is now. */
  readonly record: DocumentRecord;
  /** What was done. */
  readonly outcome: RegisterOutcome;
  /** The key was there with other bytes. */
  readonly contentChanged: boolean;
  /**
   * Nobody knows whether the bytes are those on record: a hash is missing on either side, and `registerOrGet` reads
   * nothing. Missing when they were compared, or there was nothing to compare with.
   */
  readonly unverified?: true;
  /**
   * Nothing is where the row says that its bytes are; so it was when `registerOrGet` had registered it. Missing where the
   * bytes are there, where nobody can tell, and where nobody looked: in a catalog without a store, and for URIs that are
   * neither of files nor of the root.
   */
  readonly missing?: true;
  /** These bytes had been removed on purpose; that they were registered again ends it. Missing where they were not. */
  readonly removedBefore?: EarlierRemoval;
  /** The other bytes, if `contentChanged`. */
  readonly offered?: OfferedBytes;
  /** The variant that took the other bytes, if the outcome is `variant`. */
  readonly variant?: VariantRecord;
}

/** The answer to the registration of a variant: an existing one of that name is kept. */
export interface VariantResult {
  /** The row as it is now. */
  readonly record: VariantRecord;
  /** `created`: a new row. `found`: it was there with the same bytes. `kept`: it was there with others, and stays. */
  readonly outcome: "created" | "found" | "kept";
  /** The name was there with other bytes. */
  readonly contentChanged: boolean;
  /** A hash is missing on either side, so that nobody knows whether the bytes are those on record. */
  readonly unverified?: true;
  /** The other bytes, if `contentChanged`. */
  readonly offered?: OfferedBytes;
}

/** What is known about two contents. Where a hash is missing it is `unknown`, as an equal size proves nothing. */
export type Comparison = "same" | "other" | "unknown";

/** Compares bytes by what is known about them: their hashes, and that all empty contents are the same. */
export function compareBytes(onRecord: OfferedBytes, offered: OfferedBytes): Comparison {
  if (onRecord.bytes !== null && offered.bytes !== null && onRecord.bytes !== offered.bytes) return "other";
  if (onRecord.sha256 !== null && offered.sha256 !== null) return onRecord.sha256 === offered.sha256 ? "same" : "other";
  return onRecord.bytes === 0 && offered.bytes === 0 ? "same" : "unknown";
}

/** The variant as which other bytes are filed; the same bytes always get the same name. */
export function changedVariant(offered: ParsedRegistration): ParsedVariant {
  const { storageUri, bytes, contentType, sha256, createdAt } = offered;
  // Without a hash only their place tells bytes of one size apart.
  const variant =
    sha256 === null ? `changed-${bytes}-bytes-${shortHash(storageUri)}` : `changed-${sha256.slice(0, 16)}`;
  return { variant, storageUri, bytes, contentType, sha256, createdAt };
}

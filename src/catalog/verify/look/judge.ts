import type { StorageUri } from "../../../core/storage-uri.ts";
import type { Timestamp } from "../../../core/timestamp.ts";
import type {
  BlobContent,
  BlobVerification,
  VerificationReason,
  VerificationResult,
  VerificationStrength,
} from "../../../core/verification/verification.ts";
import type { Found } from "./found.ts";

/** What rows say about a blob, as one. */
export interface Expectation {
  /** What is on record; of rows that disagree what the first of them has. */
  readonly content: BlobContent;
  /** Rows name it with two hashes or sizes, so that at least one of them is wrong. */
  readonly conflicting: boolean;
}

/** Puts together what rows say: what one of them lacks another may know. */
export function expect(contents: readonly BlobContent[]): Expectation {
  const [first = UNKNOWN] = contents;
  if (contents.length <= 1) return { content: first, conflicting: false };
  const hashes = new Set(contents.flatMap(({ sha256 }) => sha256 ?? []));
  const sizes = new Set(contents.flatMap(({ bytes }) => bytes ?? []));
  if (hashes.size > 1 || sizes.size > 1) return { content: first, conflicting: true };
  const [sha256 = null] = hashes;
  const [bytes = null] = sizes;
  return { content: { sha256, bytes }, conflicting: false };
}

/** Nothing is known. */
const UNKNOWN: BlobContent = { sha256: null, bytes: null };

/** What {@link judge} goes by, beside what was found. */
export interface JudgedBlob {
  /** Its place, as rows have it. */
  readonly uri: StorageUri;
  /** What rows say about it. */
  readonly contents: readonly BlobContent[];
  /** It is known to have been put aside. */
  readonly putAside: boolean;
  /** When it was looked at. */
  readonly checkedAt: Timestamp;
}

interface Verdict {
  readonly result: VerificationResult;
  readonly reason: VerificationReason | null;
  readonly strength: VerificationStrength;
}

/** Compares what was found with what rows say. */
export function judge(blob: JudgedBlob, found: Found): BlobVerification {
  const { uri, contents, putAside, checkedAt } = blob;
  const expectation = expect(contents);
  const actual = "stat" in found ? { sha256: found.sha256, bytes: found.stat.sizeBytes } : UNKNOWN;
  return { uri, ...decide(found, { expectation, putAside }), expected: expectation.content, actual, checkedAt };
}

function decide(
  found: Found,
  { expectation, putAside }: { readonly expectation: Expectation; readonly putAside: boolean },
): Verdict {
  switch (found.kind) {
    case "read":
    case "seen":
      return compare(found, expectation);
    case "gone":
      return { result: "missing", reason: putAside ? "quarantined" : "gone", strength: "none" };
    case "other":
      return { result: "missing", reason: "other_kind", strength: "none" };
    case "changing":
      return { result: "unreadable", reason: "changing", strength: "none" };
    case "refused":
      return { result: "unreadable", reason: "permission", strength: "none" };
    case "failed":
      return { result: "unreadable", reason: "io", strength: "none" };
    case "unreachable":
      return { result: "unchecked", reason: "no_store", strength: "none" };
    default:
      return found satisfies never;
  }
}

/** The hash is what counts; where it is not known on either side, the size has to do. */
function compare(found: Found & { readonly kind: "read" | "seen" }, { content, conflicting }: Expectation): Verdict {
  const { sha256, stat } = found;
  const isHashed = content.sha256 !== null && sha256 !== null;
  const byHash: VerificationStrength = found.kind === "read" ? "full" : "provider";
  const bySize: VerificationStrength = content.bytes === null ? "none" : "size";
  const strength = isHashed ? byHash : bySize;
  if (conflicting) return { result: "mismatch", reason: "conflicting_records", strength };
  if (content.bytes !== null && content.bytes !== stat.sizeBytes) {
    return { result: "mismatch", reason: "size", strength };
  }
  if (content.sha256 === null) return { result: "unchecked", reason: "no_hash", strength };
  if (isHashed && sha256 !== content.sha256) return { result: "mismatch", reason: "hash", strength };
  return { result: "ok", reason: null, strength };
}

import { quote } from "../messages/quote.ts";
import type { Sha256 } from "../sha256.ts";
import { type BlobKey, parseBlobKey } from "./blob-key.ts";
import { addToName } from "./safe-segment.ts";

/** How stored blobs are named: `cas` by their hash, `policy_path` for people, from a template. */
export type Layout = "cas" | "policy_path";

/** The values of {@link Layout}. */
export const LAYOUTS: readonly Layout[] = ["cas", "policy_path"];

/** The folder of content-addressed blobs; no template gives a path that begins with it. */
export const CAS_FOLDER = "cas";

/** Checks a layout. @throws {TypeError} when it is none of {@link LAYOUTS} */
export function parseLayout(value: string): Layout {
  const known = LAYOUTS.find((each) => each === value);
  if (known) return known;
  throw new TypeError(`Cannot use layout ${quote(value)}: expected one of ${LAYOUTS.join(", ")}`);
}

/** Where the bytes with a hash are: `cas/<prefix>/ab/cdef...`. */
export function casKey(sha256: Sha256, prefix = "sha256"): BlobKey {
  return parseBlobKey(`${CAS_FOLDER}/${prefix}/${sha256.slice(0, 2)}/${sha256.slice(2)}`);
}

/** How often a name whose bytes have no hash is numbered before it is given up. */
const MAX_NUMBER = 10_000;

/**
 * The names to try for bytes whose name from the template may be taken by others: first that name itself, then with
 * the start of their hash, then with all of it. Without a hash they are numbered: `a.pdf`, `a-2.pdf`, ...
 */
export function* policyKeys(key: BlobKey, sha256: Sha256 | null): Generator<BlobKey, void, undefined> {
  yield key;
  const at = key.lastIndexOf("/") + 1;
  const marked = (mark: string): BlobKey => parseBlobKey(key.slice(0, at) + addToName(key.slice(at), mark));
  if (sha256 !== null) {
    yield marked(`-${sha256.slice(0, 12)}`);
    yield marked(`-${sha256}`);
    return;
  }
  for (let number = 2; number <= MAX_NUMBER; number++) yield marked(`-${number}`);
}

import { asCatalogError, hasCode } from "../../../core/messages/file-error.ts";
import type { Sha256 } from "../../../core/sha256.ts";
import { isCatalogError } from "../../../errors.ts";
import type { BlobStat } from "../../../ports/blob-store.ts";
import type { FileDigest } from "../../../ports/digest-pool.ts";

/**
 * What was found under the name of a blob:
 * - `read`: a file, and all of its bytes
 * - `seen`: a file that was only looked at; `sha256` is what the store itself keeps, if it keeps one
 * - `gone`: nothing has the name
 * - `other`: a folder, symlink or special file has it
 * - `changing`: it was another file, or had another size or time, after it was read, twice
 * - `refused`, `failed`: this user may not read it, or the system failed
 * - `unreachable`: nobody here can look there
 */
export type Found =
  | { readonly kind: "read"; readonly sha256: Sha256; readonly stat: BlobStat }
  | { readonly kind: "seen"; readonly sha256: Sha256 | null; readonly stat: BlobStat }
  | { readonly kind: "gone" | "other" | "changing" | "refused" | "failed" | "unreachable" };

/** What keeps this user, and not everybody, from reading a file. */
const DENIALS = ["EACCES", "EPERM", "ENOTCAPABLE"];

/** What says that a name leads to nothing. */
const NOTHING = ["ENOENT", "ENOTDIR", "ENAMETOOLONG"];

/** So many open files, or so much memory, is no fault of the file that was to be read. */
const EXHAUSTION = ["EMFILE", "ENFILE", "ENOMEM"];

/** What the digest of a file tells. @throws {CatalogError} BACKEND when the process has no more files or memory */
export function foundByDigest(digest: FileDigest, path: string): Found {
  switch (digest.kind) {
    case "read": {
      const { kind, sha256, ...stat } = digest;
      return { kind, sha256, stat };
    }
    case "failed":
      return foundByCode(digest, path);
    default:
      return { kind: digest.kind };
  }
}

function foundByCode({ code, message }: { readonly code: string; readonly message: string }, path: string): Found {
  if (EXHAUSTION.includes(code)) {
    throw asCatalogError(Object.assign(new Error(message), { code }), { verb: "read", path });
  }
  if (DENIALS.includes(code)) return { kind: "refused" };
  if (NOTHING.includes(code)) return { kind: "gone" };
  // A symlink that may not be followed, or leads in circles.
  return { kind: code === "ELOOP" ? "other" : "failed" };
}

/**
 * What a failure of a store or a file system says about one blob.
 * @throws what says nothing about it: an abort, a store that was closed, a process that has no more files or memory
 */
export function foundByError(cause: unknown, path: string): Found {
  if (hasCode(cause, ...EXHAUSTION)) throw asCatalogError(cause, { verb: "read", path });
  if (hasCode(cause, "ELOOP")) return { kind: "other" };
  const error = asCatalogError(cause, { verb: "read", path });
  if (!isCatalogError(error)) throw error;
  switch (error.code) {
    case "PERMISSION":
      return { kind: "refused" };
    case "REFUSED":
      return { kind: "other" };
    case "NOT_FOUND":
      return { kind: "gone" };
    case "BACKEND":
    case "UNAVAILABLE":
      return hasCode(error.cause, ...EXHAUSTION) ? fail(error) : { kind: "failed" };
    default:
      return fail(error);
  }
}

function fail(error: Error): never {
  throw error;
}

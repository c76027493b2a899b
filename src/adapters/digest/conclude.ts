import { hasCode } from "../../core/messages/file-error.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { FileDigest } from "../../ports/digest-pool.ts";
import type { FileKind, FileStat } from "../../ports/file-system.ts";

/** What was found out about a file while it was read. */
export interface Reading {
  /** The open file, before its first byte was read. */
  readonly before: FileStat;
  /** What had its name after the last; `undefined` where nothing had. */
  readonly after: FileStat | undefined;
  /** How many bytes came. */
  readonly sizeBytes: number;
  /** Of these bytes. */
  readonly sha256: Sha256;
}

/** What a reading came to; `undefined` when the file was changed meanwhile, so that nobody knows what was read. */
export function concludeReading({ before, after, sizeBytes, sha256 }: Reading): FileDigest | undefined {
  if (after === undefined) return { kind: "gone" };
  if (after.kind !== "file") return { kind: "other", what: after.kind };
  const { identity, modifiedMs } = before;
  const isSame = after.identity === identity && after.modifiedMs === modifiedMs && after.sizeBytes === before.sizeBytes;
  return isSame && sizeBytes === before.sizeBytes
    ? { kind: "read", sha256, sizeBytes, modifiedMs, identity, links: after.links }
    : undefined;
}

/** What an error came to, by what had the name right after it: opening a folder, a symlink or a socket may fail. */
export function concludeError(error: unknown, what: FileKind | undefined): FileDigest {
  if (hasCode(error, "ENOENT", "ENOTDIR")) return { kind: "gone" };
  if (what !== undefined && what !== "file") return { kind: "other", what };
  if (!(error instanceof Error)) return { kind: "failed", code: "EIO", message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "EIO";
  return { kind: "failed", code, message: error.message };
}

import { isSha256 } from "../../../core/sha256.ts";
import type { BlobStat } from "../../../ports/blob-store.ts";
import type { R2Head } from "./binding.ts";

/** What R2 knows about an object. */
export function statOf({ size, uploaded, version, checksums }: R2Head): BlobStat {
  const stat = { sizeBytes: size, modifiedMs: uploaded.getTime(), identity: version };
  const sha256 = checksums?.sha256 && hexOf(checksums.sha256);
  return isSha256(sha256) ? { ...stat, sha256 } : stat;
}

function hexOf(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

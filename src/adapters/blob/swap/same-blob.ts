import type { BlobStat } from "../../../ports/blob-store.ts";

/** Whether a blob is the one that was found, and was not changed since. */
export function isSameBlob(blob: BlobStat, found: BlobStat): boolean {
  return blob.identity === found.identity && blob.sizeBytes === found.sizeBytes && blob.modifiedMs === found.modifiedMs;
}

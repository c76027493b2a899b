import type { BlobKey } from "../../core/naming/blob-key.ts";
import type { Sha256 } from "../../core/sha256.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import type { BlobStat, QuarantineEvidence } from "../../ports/blob-store.ts";
import type { PlacingContext } from "./placing-context.ts";
import { hashBlob } from "./stage-content.ts";

/**
 * Compares a blob with the bytes that it should have: by size, and if `thorough` by hash where there is one.
 * @throws {CatalogError} PERMISSION when this user may not read it
 */
export async function findDamage(
  context: PlacingContext,
  look: {
    key: BlobKey;
    found: BlobStat;
    content: { readonly sha256: Sha256 | null; readonly bytes: number };
    thorough: boolean;
  },
): Promise<QuarantineEvidence | undefined> {
  const { key, found, content, thorough } = look;
  const evidence = {
    uri: context.store.uriOf(key),
    expected_sha256: content.sha256,
    expected_bytes: content.bytes,
    actual_bytes: found.sizeBytes,
    found_at: formatTimestamp(context.clock.now()),
  };
  if (found.sizeBytes !== content.bytes) return { reason: "size_mismatch", actual_sha256: null, ...evidence };
  if (!thorough || content.sha256 === null) {
    // Whoever is told that the bytes are there wants to read them.
    await context.store.requireReadable(key);
    return undefined;
  }
  const sha256 = (await hashBlob(context, context.store, key)) ?? null;
  return sha256 === content.sha256 ? undefined : { reason: "hash_mismatch", actual_sha256: sha256, ...evidence };
}

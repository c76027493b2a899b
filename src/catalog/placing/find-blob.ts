import type { BlobKey } from "../../core/naming/blob-key.ts";
import { isCatalogError } from "../../errors.ts";
import type { BlobStat } from "../../ports/blob-store.ts";
import type { PlacingContext } from "./placing-context.ts";

/** What is at a key that a row names; a symlink or folder there is no blob of ours, whatever the row says. */
export async function findBlob({ store }: Pick<PlacingContext, "store">, key: BlobKey): Promise<BlobStat | undefined> {
  try {
    return await store.stat(key);
  } catch (error) {
    if (isCatalogError(error, "REFUSED")) return undefined;
    throw error;
  }
}

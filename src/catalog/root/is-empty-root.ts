import type { BlobStore } from "../../ports/blob-store.ts";

/** Whether nothing at all is stored in a root, as where its device is not there. */
export async function isEmptyRoot(store: BlobStore): Promise<boolean> {
  for await (const page of store.list()) if (page.length > 0) return false;
  return true;
}

import { type BlobKey, parseBlobKey } from "../../core/naming/blob-key.ts";
import { PAGE_SIZE } from "../../core/pages.ts";
import type { BlobStore, ListOptions } from "../../ports/blob-store.ts";
import { assert, assertEquals } from "../assert.ts";
import { type BlobStoreCase, evidenceFor, getStat, KEY, OTHER, put, stage } from "./place.ts";

/** What the port says about what lies below the root. */
export const listCases: Readonly<Record<string, BlobStoreCase>> = {
  "list: all blobs, by their keys, and nothing of the catalog's own": async (store) => {
    assertEquals(await listKeys(store), []);
    for (const key of [KEY, OTHER, parseBlobKey("top"), parseBlobKey("ü/日本/#%25.txt")]) await put(store, key, key);
    await put(store, parseBlobKey("damaged"), "damaged");
    const found = await getStat(store, parseBlobKey("damaged"));
    await store.setAside(parseBlobKey("damaged"), { found, evidence: evidenceFor(store) });
    await put(store, parseBlobKey(".content-catalog/id"), "marker");
    await stage(store, "staged");
    assertEquals(await listKeys(store), ["folder/other.txt", KEY, "top", "ü/日本/#%25.txt"]);
  },

  "list: what lies below a folder": async (store) => {
    for (const key of [KEY, OTHER, parseBlobKey("folder.txt"), parseBlobKey("fo")]) await put(store, key, key);
    assertEquals(await listKeys(store, { under: parseBlobKey("folder") }), ["folder/other.txt", KEY]);
    assertEquals(await listKeys(store, { under: parseBlobKey("folder/sub") }), [KEY]);
    assertEquals(await listKeys(store, { under: parseBlobKey("missing") }), []);
  },

  "list: size and time are those of the blob, where they come along": async (store) => {
    await put(store, KEY, "bytes");
    for await (const page of store.list()) {
      for (const { stat } of page) if (stat !== undefined) assertEquals(stat, await getStat(store, KEY));
    }
  },

  "list: in pages, each blob once": async (store) => {
    const keys = Array.from({ length: PAGE_SIZE + 10 }, (_, index) =>
      parseBlobKey(`many/${index % 20}/${index}`),
    ).sort();
    await Promise.all(keys.map((key) => put(store, key, "")));
    assertEquals(await listKeys(store), keys);
  },

  "list: ends when it is aborted": async (store) => {
    await put(store, KEY, "bytes");
    const reason = await listKeys(store, { signal: AbortSignal.abort("enough") }).catch((error: unknown) => error);
    assertEquals(reason, "enough");
  },
};

async function listKeys(store: BlobStore, options?: ListOptions): Promise<readonly BlobKey[]> {
  const keys: BlobKey[] = [];
  for await (const page of store.list(options)) {
    assert(page.length > 0 && page.length <= PAGE_SIZE, `list: gave a page of ${page.length}`);
    for (const { kind, key } of page) {
      assert(kind === "blob" && key !== undefined, `list: gave a ${kind}`);
      keys.push(key);
    }
  }
  return keys.sort();
}

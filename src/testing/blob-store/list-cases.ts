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

  "list: size and time of every blob, where they are asked for": async (store) => {
    for (const key of [KEY, OTHER, parseBlobKey("top")]) await put(store, key, `bytes of ${key}`);
    let count = 0;
    for await (const page of store.list({ stat: true })) {
      for (const { kind, key, stat } of page) {
        assert(kind === "blob" && stat !== undefined, `list: gave a ${kind} without what is known of it`);
        assertEquals(stat, await getStat(store, key));
        count += 1;
      }
    }
    assertEquals(count, 3);
  },

  "list: in pages, each blob once": async (store) => {
    const keys = Array.from({ length: PAGE_SIZE + 10 }, (_, index) =>
      parseBlobKey(`many/${index % 20}/${index}`),
    ).sort();
    await Promise.all(keys.map((key) => put(store, key, "")));
    assertEquals(await listKeys(store), keys);
  },

  "list: empty folders where they are asked for, as far as there are folders": async (store) => {
    const sub = parseBlobKey("folder/sub");
    await put(store, OTHER, "other");
    await putAndRemove(store, KEY);
    assertEquals(await listKeys(store), [OTHER]);
    const told = await listFolders(store);
    if (told.length > 0) assertEquals(told, [sub]);
    assertEquals(await listFolders(store, { under: sub }), []);
    assertEquals(await store.removeFolder(sub), told.length > 0);
    assertEquals(await listFolders(store), []);
    await putAndRemove(store, OTHER);
    assertEquals((await listFolders(store)).length, told.length);
  },

  "removeFolder: nothing that is not empty, not there, or the catalog's own": async (store) => {
    await put(store, KEY, "bytes");
    for (const name of ["folder", "folder/sub", KEY, `${KEY}/below`, "missing", "missing/below", ".staging"])
      assertEquals(await store.removeFolder(parseBlobKey(name)), false, name);
    assertEquals(await listKeys(store), [KEY]);
    await putAndRemove(store, OTHER);
    assertEquals(await store.removeFolder(parseBlobKey(".quarantine")), false);
  },

  "removeFolder: a blob can be placed there again": async (store) => {
    await putAndRemove(store, KEY);
    for (const folder of ["folder/sub", "folder"]) await store.removeFolder(parseBlobKey(folder));
    assertEquals(await listFolders(store), []);
    await put(store, KEY, "again");
    await store.syncName(KEY);
    assertEquals(await listKeys(store), [KEY]);
  },

  "list: ends when it is aborted": async (store) => {
    await put(store, KEY, "bytes");
    const reason = await listKeys(store, { signal: AbortSignal.abort("enough") }).catch((error: unknown) => error);
    assertEquals(reason, "enough");
  },
};

/** Leaves nothing of a blob but its folder. */
async function putAndRemove(store: BlobStore, key: BlobKey): Promise<void> {
  const there = await store.stat(key);
  if (there === undefined) await put(store, key, "bytes");
  const found = await getStat(store, key);
  await store.setAside(key, { found, evidence: evidenceFor(store) });
}

async function listFolders(store: BlobStore, options?: ListOptions): Promise<readonly BlobKey[]> {
  const keys: BlobKey[] = [];
  for await (const page of store.list({ ...options, emptyFolders: true })) {
    for (const listed of page) {
      if (listed.kind !== "folder") continue;
      assert(listed.modifiedMs >= 0, "list: gave a folder without its time");
      keys.push(listed.key);
    }
  }
  return keys;
}

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

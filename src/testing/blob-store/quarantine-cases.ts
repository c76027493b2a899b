import { type BlobKey, parseBlobKey } from "../../core/naming/blob-key.ts";
import type { BlobStore, QuarantinedBlob, StagedBlob } from "../../ports/blob-store.ts";
import { assert, assertEquals, assertFails } from "../assert.ts";
import { type BlobStoreCase, evidenceFor, getStat, KEY, listStaged, OTHER, put, read, stage } from "./place.ts";

/** What every blob store does with bytes that were taken out of the way, and with names that get other bytes. */
export const quarantineCases: Readonly<Record<string, BlobStoreCase>> = {
  "setAside: of many who found the same bytes one moves them": async (store) => {
    await put(store, KEY, "damaged");
    const options = { found: await getStat(store, KEY), evidence: evidenceFor(store) };
    const asides = await Promise.all(Array.from({ length: 5 }, () => store.setAside(KEY, options)));
    assertEquals(asides.filter((aside) => aside !== undefined).length, 1, "who moved them");
    assertEquals((await listQuarantined(store)).length, 1);
    assertEquals(await store.stat(KEY), undefined);
  },

  "listQuarantined: nothing at first, then what was taken away, with what was found wrong": async (store) => {
    assertEquals(await listQuarantined(store), []);
    await put(store, KEY, "damaged");
    const before = Date.now();
    const aside = await setAside(store, KEY);
    const [blob, ...others] = await listQuarantined(store);
    assertEquals(others, []);
    assertEquals(blob?.at, aside);
    assertEquals(blob?.evidence, evidenceFor(store));
    assertEquals(blob?.stat, await getStat(store, aside));
    assertEquals(await read(store, aside), "damaged");
    // The clock of a store may be another one, and a coarse one.
    assert(Math.abs((blob?.quarantinedMs ?? 0) - before) < 3_600_000, "expected the time at which they came");
  },

  "listQuarantined: also a blob that is called as the note is": async (store) => {
    for (const name of ["a/evidence.json", "a/Evidence.JSON"]) {
      const key = parseBlobKey(name);
      await put(store, key, "damaged");
      const aside = await setAside(store, key);
      assertEquals(await read(store, aside), "damaged");
    }
    const reasons = (await listQuarantined(store)).map(({ evidence }) => evidence?.reason);
    assertEquals(reasons, ["hash_mismatch", "hash_mismatch"]);
  },

  "dropQuarantined: the bytes are gone with their evidence, and a second time nothing happens": async (store) => {
    await put(store, KEY, "damaged");
    await put(store, OTHER, "others");
    const [aside, kept] = [await setAside(store, KEY), await setAside(store, OTHER)];
    const blob = (await listQuarantined(store)).find(({ at }) => at === aside);
    assert(blob !== undefined, "expected what was taken away");
    await store.dropQuarantined(blob);
    await store.dropQuarantined(blob);
    assertEquals(await store.stat(aside), undefined);
    assertEquals(
      (await listQuarantined(store)).map(({ at }) => at),
      [kept],
    );
    assertEquals(await read(store, kept), "others");
  },

  "dropQuarantined: not what is other bytes by now": async (store) => {
    await put(store, KEY, "damaged");
    const aside = await setAside(store, KEY);
    await store.dropQuarantined({ at: aside, stat: { ...(await getStat(store, aside)), identity: "another" } });
    assertEquals(await read(store, aside), "damaged");
  },

  "swap: where a store cannot it says so, and nothing is changed": async (store) => {
    if (store.capabilities.swap) return;
    await put(store, KEY, "bytes");
    const staged = await stage(store, "bytes");
    const found = await getStat(store, KEY);
    await assertFails(() => store.swap(staged, KEY, { found }), "UNSUPPORTED");
    assertEquals((await getStat(store, KEY)).identity, found.identity);
  },

  "swap: the staged bytes have the name, and nothing is kept": whereSwapped(async (store) => {
    await put(store, KEY, "bytes");
    const staged = await stage(store, "bytes");
    const { identity } = await store.statStaged(staged);
    const found = await getStat(store, KEY);
    assertEquals(await store.swap(staged, KEY, { found }), true);
    const now = await getStat(store, KEY);
    assertEquals([now.identity, now.mode, await read(store, KEY)], [identity, found.mode, "bytes"]);
    assert(Math.abs(now.modifiedMs - found.modifiedMs) < 1, "expected the time of what was found");
    await store.dropStaged(staged);
    assertEquals(await listStaged(store), []);
    assertEquals(await listQuarantined(store), []);
  }),

  "swap: not what is gone, or no longer what was found": whereSwapped(async (store) => {
    await put(store, KEY, "bytes");
    const found = await getStat(store, KEY);
    const swapAs = async (change: object, key: BlobKey = KEY): Promise<boolean> => {
      const staged = await stage(store, "bytes");
      const swapped = await store.swap(staged, key, { found: { ...found, ...change } });
      await store.dropStaged(staged);
      return swapped;
    };
    for (const change of [{ identity: "another" }, { sizeBytes: 4 }, { modifiedMs: 1 }]) {
      assertEquals(await swapAs(change), false, JSON.stringify(change));
    }
    assertEquals(await swapAs({}, OTHER), false, "what is gone");
    assertEquals((await getStat(store, KEY)).identity, found.identity);
    assertEquals(await store.stat(OTHER), undefined);
    assertEquals(await listStaged(store), []);
  }),

  "swap: a name of the same file stays as it is": whereSwapped(async (store, shares) => {
    await put(store, KEY, "bytes");
    if (!shares || (await store.share(KEY, OTHER)) !== "linked") return;
    const found = await getStat(store, KEY);
    const staged = await adopt(store, OTHER);
    if (staged === undefined) return;
    assertEquals(await store.swap(staged, KEY, { found: { ...found, links: 3 } }), false);
    await store.dropStaged(staged);
    assertEquals([await read(store, KEY), await read(store, OTHER)], ["bytes", "bytes"]);
    assertEquals(await listStaged(store), []);
  }),
};

function whereSwapped(check: BlobStoreCase): BlobStoreCase {
  return async (store, shares) => {
    if (store.capabilities.swap && shares) await check(store, shares);
  };
}

/** Another name of a blob, staged; only where the root is a folder of the machine. */
async function adopt(store: BlobStore, key: BlobKey): Promise<StagedBlob | undefined> {
  return store.adopt(`${store.root}/${key}`, "link");
}

async function setAside(store: BlobStore, key: BlobKey): Promise<BlobKey> {
  const aside = await store.setAside(key, { found: await getStat(store, key), evidence: evidenceFor(store) });
  assert(aside !== undefined, `setAside: found nothing at "${key}"`);
  return aside;
}

async function listQuarantined(store: BlobStore): Promise<readonly QuarantinedBlob[]> {
  const found: QuarantinedBlob[] = [];
  for await (const page of store.listQuarantined()) found.push(...page);
  return found;
}

import type { BlobStore, TakenBlob } from "../../ports/blob-store.ts";
import { assert, assertEquals, assertFails } from "../assert.ts";
import { type BlobStoreCase, evidenceFor, getStat, KEY, OTHER, put, read, stage } from "./place.ts";

/** What the port says about taking blobs out of their names; where that cannot be done, that it is refused. */
export const trashCases: Readonly<Record<string, BlobStoreCase>> = {
  "take: refused where the capability says so": async (store) => {
    if (store.capabilities.take) return;
    await put(store, KEY, "bytes");
    const found = await getStat(store, KEY);
    const run = store.newRun();
    const taken: TakenBlob = { key: KEY, run, owner: NOBODY, kept: false, at: OTHER, stat: found };
    await assertFails(() => store.take(KEY, { found, run, keepName: false }), "UNSUPPORTED");
    await assertFails(() => store.giveBack(taken), "UNSUPPORTED");
    await assertFails(() => store.keepTaken(taken), "UNSUPPORTED");
    await assertFails(() => store.dropTaken(taken), "UNSUPPORTED");
    assertEquals(await listTaken(store), []);
    assertEquals(await store.findTaken(run, KEY), undefined);
    assertEquals(await store.isKept(KEY), false);
    assertEquals(await read(store, KEY), "bytes");
  },

  "take: the blob is in the trash, whole, and its name is free": whereTaken(async (store) => {
    await put(store, KEY, "bytes");
    const taken = await take(store, { keepName: false });
    assertEquals([taken.key, taken.kept, await read(store, taken.at)], [KEY, false, "bytes"]);
    assertEquals(await store.stat(KEY), undefined);
    assertEquals(await store.isKept(KEY), false);
    assertEquals(await listTaken(store), [`${taken.run} ${KEY} 5`]);
    await put(store, KEY, "others");
  }),

  "take: with its name kept nobody else gets it, and there is no blob": whereTaken(async (store, shares) => {
    await put(store, KEY, "bytes");
    await put(store, OTHER, "others");
    const taken = await take(store, { keepName: true });
    assertEquals(await store.isKept(KEY), true);
    assertEquals(await store.stat(KEY), undefined);
    assertEquals(await store.open(KEY), undefined);
    assertEquals(await store.place(await stage(store, ""), KEY), false);
    if (shares) assertEquals(await store.share(OTHER, KEY), "taken");
    assertEquals(await store.take(KEY, { found: taken.stat, run: store.newRun(), keepName: true }), undefined);
    assertEquals(await store.giveBack(taken), "back");
    assertEquals(await read(store, KEY), "bytes");
    assertEquals((await getStat(store, KEY)).sizeBytes, 5);
  }),

  "take: not what is gone, or is no longer what was found": whereTaken(async (store) => {
    await put(store, KEY, "first");
    const found = await getStat(store, KEY);
    const run = store.newRun();
    assertEquals(await store.take(OTHER, { found, run, keepName: true }), undefined);
    await store.dropTaken(await take(store, { keepName: false }));
    await put(store, KEY, "other");
    assertEquals(await store.take(KEY, { found, run, keepName: true }), undefined);
    const wrong = { ...(await getStat(store, KEY)), sizeBytes: 4 };
    assertEquals(await store.take(KEY, { found: wrong, run, keepName: true }), undefined);
    assertEquals(await read(store, KEY), "other");
    assertEquals(await listTaken(store), []);
  }),

  "take: no name twice in one run, and no run of another make": whereTaken(async (store) => {
    await put(store, KEY, "first");
    const taken = await take(store, { keepName: false });
    await put(store, KEY, "second");
    const found = await getStat(store, KEY);
    await assertFails(() => store.take(KEY, { found, run: taken.run, keepName: false }), "CONFLICT");
    const error = await store.take(KEY, { found, run: "mine", keepName: false }).catch((caught: unknown) => caught);
    assert(error instanceof TypeError, "expected a TypeError for a run of another make");
    assertEquals([await read(store, KEY), await read(store, taken.at)], ["second", "first"]);
  }),

  "take: of many one gets it": whereTaken(async (store) => {
    await put(store, KEY, "bytes");
    const found = await getStat(store, KEY);
    const runs = Array.from({ length: 5 }, () => store.newRun());
    const taken = await Promise.all(runs.map((run) => store.take(KEY, { found, run, keepName: true })));
    assertEquals(taken.filter((each) => each !== undefined).length, 1, "who got it");
    assertEquals((await listTaken(store)).length, 1);
  }),

  "giveBack: never replaces what somebody else placed": whereTaken(async (store) => {
    await put(store, KEY, "bytes");
    const taken = await take(store, { keepName: false });
    await put(store, KEY, "others");
    assertEquals(await store.giveBack(taken), "taken");
    assertEquals([await read(store, KEY), await read(store, taken.at)], ["others", "bytes"]);
  }),

  "giveBack: not over what another run keeps": whereTaken(async (store) => {
    await put(store, KEY, "first");
    const first = await take(store, { keepName: false });
    await put(store, KEY, "second");
    const second = await take(store, { keepName: true });
    assertEquals(await store.giveBack(first), "taken");
    assertEquals(await store.giveBack(second), "back");
    assertEquals(await read(store, KEY), "second");
  }),

  "giveBack: under another name, which frees the one that it had": whereTaken(async (store) => {
    for (const keepName of [true, false]) {
      await put(store, KEY, "bytes");
      const taken = await take(store, { keepName });
      assertEquals(await store.giveBack(taken, { to: OTHER }), "back");
      assertEquals([await read(store, OTHER), await store.stat(KEY)], ["bytes", undefined]);
      assertEquals([await store.isKept(KEY), await listTaken(store)], [false, []]);
      await assertFails(() => store.giveBack(taken, { to: OTHER }), "NOT_FOUND");
      await store.setAside(OTHER, { found: await getStat(store, OTHER), evidence: evidenceFor(store) });
    }
    await put(store, KEY, "free");
  }),

  "giveBack: under no other name that anything has, and then the old one is still kept": whereTaken(async (store) => {
    await put(store, OTHER, "others");
    await put(store, KEY, "bytes");
    const taken = await take(store, { keepName: true });
    assertEquals(await store.giveBack(taken, { to: OTHER }), "taken");
    assertEquals([await read(store, OTHER), await read(store, taken.at)], ["others", "bytes"]);
    const { run } = taken;
    const found = await getStat(store, OTHER);
    assert((await store.take(OTHER, { found, run, keepName: true })) !== undefined, "expected to take it");
    assertEquals(await store.giveBack(taken, { to: OTHER }), "taken");
    assertEquals([await store.isKept(KEY), await store.isKept(OTHER)], [true, true]);
    assertEquals(await store.giveBack(taken, { to: KEY }), "back");
    assertEquals(await read(store, KEY), "bytes");
  }),

  "giveBack: once": whereTaken(async (store) => {
    await put(store, KEY, "bytes");
    const taken = await take(store, { keepName: true });
    assertEquals(await store.giveBack(taken), "back");
    await assertFails(() => store.giveBack(taken), "NOT_FOUND");
    assertEquals(await read(store, KEY), "bytes");
    assertEquals(await listTaken(store), []);
  }),

  "dropTaken: the bytes are gone and the name is free, and a second time nothing happens": whereTaken(async (store) => {
    for (const keepName of [true, false]) {
      await put(store, KEY, "bytes");
      const taken = await take(store, { keepName });
      await store.dropTaken(taken);
      await store.dropTaken(taken);
      assertEquals([await store.stat(taken.at), await store.isKept(KEY)], [undefined, false]);
      assertEquals(await listTaken(store), []);
    }
    await put(store, KEY, "free");
  }),

  "dropTaken: leaves what somebody else placed": whereTaken(async (store) => {
    await put(store, KEY, "bytes");
    const taken = await take(store, { keepName: false });
    await put(store, KEY, "others");
    await store.dropTaken(taken);
    assertEquals(await read(store, KEY), "others");
  }),

  "keepTaken: for people, until they want it back or it is dropped": whereTaken(async (store) => {
    await put(store, KEY, "bytes");
    const kept = await store.keepTaken(await take(store, { keepName: true }));
    assertEquals([kept.kept, await read(store, kept.at), await store.isKept(KEY)], [true, "bytes", false]);
    assertEquals((await store.keepTaken(kept)).at, kept.at);
    assertEquals(await listTaken(store), [`kept ${kept.run} ${KEY} 5`]);
    assertEquals(await store.giveBack(kept), "back");
    assertEquals(await read(store, KEY), "bytes");
    await store.dropTaken(await store.keepTaken(await take(store, { keepName: false })));
    assertEquals(await listTaken(store), []);
  }),

  "findTaken: what a run took of that name, or what is kept of it": whereTaken(async (store) => {
    await put(store, KEY, "bytes");
    const taken = await take(store, { keepName: true });
    assertEquals(await store.findTaken(taken.run, KEY), taken);
    assertEquals(await store.findTaken(taken.run, OTHER), undefined);
    assertEquals(await store.findTaken(store.newRun(), KEY), undefined);
    assertEquals(await store.findTaken("mine", KEY), undefined);
    const kept = await store.keepTaken(taken);
    assertEquals(await store.findTaken(kept.run, KEY), { ...kept, stat: await getStat(store, kept.at) });
    await put(store, KEY, "again");
    const found = await getStat(store, KEY);
    const again = await store.take(KEY, { found, run: kept.run, keepName: false });
    assertEquals((await store.findTaken(kept.run, KEY))?.at, again?.at);
    await store.dropTaken(kept);
    if (again !== undefined) await store.dropTaken(again);
    assertEquals(await store.findTaken(kept.run, KEY), undefined);
  }),

  "listTaken: what runs took, with who they are": whereTaken(async (store) => {
    assertEquals(await listTaken(store), []);
    await put(store, KEY, "one");
    const one = await take(store, { keepName: true });
    await put(store, OTHER, "other");
    const found = await getStat(store, OTHER);
    const run = store.newRun();
    assert((await store.take(OTHER, { found, run, keepName: false })) !== undefined, "expected to take it");
    assertEquals(await listTaken(store), [`${one.run} ${KEY} 3`, `${run} ${OTHER} 5`].sort());
    for await (const page of store.listTaken()) {
      for (const each of page) {
        assertEquals(each.stat, await getStat(store, each.at));
        assert("pid" in each.owner, "expected an owner");
      }
    }
  }),
};

const NOBODY = { host: null, bootId: null, pid: null, startedAt: null };

function whereTaken(check: BlobStoreCase): BlobStoreCase {
  return async (store, shares) => {
    if (store.capabilities.take) await check(store, shares);
  };
}

async function take(store: BlobStore, { keepName }: { readonly keepName: boolean }): Promise<TakenBlob> {
  const found = await getStat(store, KEY);
  const taken = await store.take(KEY, { found, run: store.newRun(), keepName });
  assert(taken !== undefined, `take: found nothing at "${KEY}"`);
  assertEquals(taken.stat, found, "what was taken");
  return taken;
}

async function listTaken(store: BlobStore): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const page of store.listTaken()) {
    found.push(...page.map(({ key, run, kept, stat }) => `${kept ? "kept " : ""}${run} ${key} ${stat.sizeBytes}`));
  }
  return found.sort();
}

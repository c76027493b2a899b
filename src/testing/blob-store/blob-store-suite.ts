import { type BlobKey, parseBlobKey } from "../../core/naming/blob-key.ts";
import { assert, assertEquals, assertFails } from "../assert.ts";
import type { SuiteRunner } from "../suite-runner.ts";
import { listCases } from "./list-cases.ts";
import { markerCases } from "./marker-cases.ts";
import {
  type BlobStoreCase,
  type BlobStorePlace,
  encode,
  evidenceFor,
  getStat,
  KEY,
  listStaged,
  OTHER,
  put,
  read,
  stage,
  textOf,
} from "./place.ts";
import { quarantineCases } from "./quarantine-cases.ts";
import { trashCases } from "./trash-cases.ts";

/** Checks everything that the port `BlobStore` promises, each case with a store of its own. */
export function testBlobStore(runner: SuiteRunner, name: string, create: () => Promise<BlobStorePlace>): void {
  const groups = {
    names: nameCases,
    staging: stagingCases,
    placing: placingCases,
    "taking away": removalCases,
    markers: markerCases,
    listing: listCases,
    trash: trashCases,
    quarantine: quarantineCases,
  };
  for (const [group, cases] of Object.entries(groups)) {
    runner.describe(`BlobStore ${name}: ${group}`, () => {
      for (const [title, check] of Object.entries(cases)) runner.it(title, () => runCase(check, create));
    });
  }
}

async function runCase(check: BlobStoreCase, create: () => Promise<BlobStorePlace>): Promise<void> {
  const place = await create();
  try {
    await check(place.store, place.shares ?? place.store.capabilities.share);
  } finally {
    await place.dispose();
  }
}

const nameCases: Readonly<Record<string, BlobStoreCase>> = {
  "uriOf and findKey: each other's inverse": async (store) => {
    for (const text of ["a", "a/b c/d", "cas/sha256/ab/cd", ".quarantine/x/y", "ü/日本/#%25?.txt"]) {
      assertEquals(store.findKey(store.uriOf(parseBlobKey(text))), text);
    }
  },

  "findKey: nothing for what lies elsewhere": async (store) => {
    for (const uri of ["file:///elsewhere/a", "s3://no-bucket-of-ours/a", "https://example.org/a"]) {
      assertEquals(store.findKey(uri), undefined, uri);
    }
  },

  "canonicalKey: a name as it was given, whether it is there or not": async (store) => {
    const upper = parseBlobKey("Folder/SUB/Blob.TXT");
    assertEquals(await store.canonicalKey(upper), upper);
    await put(store, KEY, "bytes");
    assertEquals(await store.canonicalKey(KEY), KEY);
    assertEquals(await store.canonicalKey(OTHER), OTHER);
  },

  "comparableKey: one text for one name": async (store) => {
    await put(store, KEY, "bytes");
    assertEquals(store.comparableKey(KEY), store.comparableKey(KEY));
    assert(store.comparableKey(KEY) !== store.comparableKey(OTHER), "expected two texts for two names");
    const upper = parseBlobKey(KEY.toUpperCase());
    const isOneName = (await store.stat(upper)) !== undefined;
    assertEquals(store.comparableKey(upper) === store.comparableKey(KEY), isOneName, "names in different case");
  },

  "mayShareBlocks: tells it, whether there is a blob or not": async (store, shares) => {
    assertEquals(typeof (await store.mayShareBlocks()), "boolean");
    await put(store, KEY, "x".repeat(100_000));
    const isShared = shares && (await store.share(KEY, OTHER)) === "cloned";
    const answer = await store.mayShareBlocks();
    assert(answer || !isShared, "mayShareBlocks: false although bytes were cloned");
  },

  "stat and open: nothing where there is nothing": async (store) => {
    assertEquals(await store.stat(KEY), undefined);
    assertEquals(await store.open(KEY), undefined);
  },
};

const stagingCases: Readonly<Record<string, BlobStoreCase>> = {
  "stage: keeps the bytes, in any number of pieces, out of sight": async (store) => {
    const writer = await store.stage();
    for (const piece of ["one ", "", "two"]) await writer.write(encode(piece));
    const staged = await writer.finish();
    assertEquals(staged.sizeBytes, 7);
    assertEquals(staged.shared, false);
    assertEquals(await textOf(await store.openStaged(staged)), "one two");
    assertEquals((await store.statStaged(staged)).sizeBytes, 7);
    assertEquals(await store.stat(KEY), undefined);
  },

  "stage: many at once stay apart": async (store) => {
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => stage(store, `bytes ${index}`)));
    assertEquals(new Set(all.map(({ name }) => name)).size, 20);
    for (const [index, staged] of all.entries()) {
      assertEquals(await textOf(await store.openStaged(staged)), `bytes ${index}`);
    }
  },

  "drop: of half-written bytes, twice, and of finished ones not": async (store) => {
    const writer = await store.stage();
    await writer.write(encode("half"));
    await writer.drop();
    await writer.drop();
    const finished = await store.stage();
    const staged = await finished.finish();
    await finished.drop();
    assertEquals((await store.statStaged(staged)).sizeBytes, 0);
  },

  "listStaged: what is on its way, with its owner": async (store) => {
    assertEquals(await listStaged(store), []);
    const staged = await stage(store, "bytes");
    const before = await listStaged(store);
    assertEquals(before, [`${staged.name} 5`]);
    await store.place(staged, KEY);
    await store.dropStaged(staged);
    assertEquals(await listStaged(store), []);
  },

  "dropStaged: nothing is left, and a second time nothing happens": async (store) => {
    const staged = await stage(store, "bytes");
    await store.dropStaged(staged);
    await store.dropStaged(staged);
    await assertFails(() => store.statStaged(staged), "NOT_FOUND");
    await assertFails(() => store.place(staged, KEY), "NOT_FOUND");
    assertEquals(await store.stat(KEY), undefined);
  },
};

const placingCases: Readonly<Record<string, BlobStoreCase>> = {
  "place: the bytes have their name, and are there after the staged ones are dropped": async (store) => {
    const staged = await stage(store, "bytes");
    assert(await store.place(staged, KEY), "expected the name to be free");
    await store.syncName(KEY);
    await store.dropStaged(staged);
    assertEquals(await read(store, KEY), "bytes");
    assertEquals((await getStat(store, KEY)).sizeBytes, 5);
  },

  "place: never replaces": async (store) => {
    await put(store, KEY, "first");
    const staged = await stage(store, "second");
    assertEquals(await store.place(staged, KEY), false);
    assertEquals(await store.place(staged, KEY, { readOnly: true }), false);
    assertEquals(await read(store, KEY), "first");
    assert(await store.place(staged, OTHER), "expected refused bytes to be staged still");
    assertEquals(await read(store, OTHER), "second");
  },

  "place: of many to one name at once one wins": async (store) => {
    const all = await Promise.all(Array.from({ length: 10 }, (_, index) => stage(store, `bytes ${index}`)));
    const placed = await Promise.all(all.map((staged) => store.place(staged, KEY)));
    assertEquals(placed.filter(Boolean).length, 1, "winners");
    assertEquals(await read(store, KEY), `bytes ${placed.indexOf(true)}`);
  },

  "place: no bytes at all": async (store) => {
    await put(store, KEY, "");
    assertEquals(await read(store, KEY), "");
    assertEquals((await getStat(store, KEY)).sizeBytes, 0);
  },

  "syncName: also for a blob that somebody else placed, any number of times": async (store) => {
    await put(store, KEY, "bytes");
    await Promise.all([store.syncName(KEY), store.syncName(KEY), store.syncName(KEY)]);
  },

  "share: another name for the bytes, never replacing": async (store, shares) => {
    await put(store, KEY, "bytes");
    await put(store, OTHER, "others");
    const second = parseBlobKey("deep/er/second");
    const shared = await store.share(KEY, second);
    if (!shares) {
      assertEquals(shared, "impossible");
      return;
    }
    assert(shared === "linked" || shared === "cloned", `expected bytes to be shared, got ${shared}`);
    const { links } = await getStat(store, KEY);
    assert(links === undefined || links === (shared === "linked" ? 2 : 1), `expected the names to count, got ${links}`);
    assertEquals(await read(store, second), "bytes");
    assertEquals(await store.share(KEY, OTHER), "taken");
    assertEquals(await read(store, OTHER), "others");
  },

  "share: impossible where there is nothing to share": async (store) => {
    assertEquals(await store.share(KEY, OTHER), "impossible");
    assertEquals(await store.stat(OTHER), undefined);
  },
};

const removalCases: Readonly<Record<string, BlobStoreCase>> = {
  "replace: the new bytes stand there, and the old ones in quarantine": async (store) => {
    await put(store, KEY, "damaged");
    const found = await getStat(store, KEY);
    const staged = await stage(store, "whole");
    const options = { found, evidence: evidenceFor(store), readOnly: true };
    assertEquals(await store.replace(staged, KEY, options), "replaced");
    assertEquals(await read(store, KEY), "whole");
    assert((await getStat(store, KEY)).identity !== found.identity, "expected another identity");
  },

  "replace: not what is no longer what was found": async (store) => {
    await put(store, KEY, "damaged");
    const found = { ...(await getStat(store, KEY)), sizeBytes: 3 };
    const staged = await stage(store, "whole");
    assertEquals(await store.replace(staged, KEY, { found, evidence: evidenceFor(store) }), "changed");
    assertEquals(await store.replace(staged, OTHER, { found, evidence: evidenceFor(store) }), "changed");
    assertEquals(await read(store, KEY), "damaged");
    assertEquals(await store.stat(OTHER), undefined);
  },

  "replace: of many who found the same bytes one replaces them, and the name is never lost": async (store) => {
    await put(store, KEY, "damaged");
    const found = await getStat(store, KEY);
    const all = await Promise.all(Array.from({ length: 5 }, () => stage(store, "whole")));
    const evidence = evidenceFor(store);
    const results = await Promise.all(all.map((staged) => store.replace(staged, KEY, { found, evidence })));
    assertEquals(results.filter((result) => result !== "changed").length, 1, "who replaced them");
    assertEquals(await read(store, KEY), "whole");
  },

  "replace: an empty blob leaves nothing behind": async (store) => {
    await put(store, KEY, "");
    const staged = await stage(store, "whole");
    const found = await getStat(store, KEY);
    assertEquals(await store.replace(staged, KEY, { found, evidence: evidenceFor(store) }), "replaced");
    assertEquals(await read(store, KEY), "whole");
  },

  "setAside: the blob is in quarantine, whole, and its name is free": async (store) => {
    const setAside = async (): Promise<BlobKey | undefined> =>
      store.setAside(KEY, { found: await getStat(store, KEY), evidence: evidenceFor(store) });
    await put(store, KEY, "damaged");
    const aside = await setAside();
    assert(aside !== undefined, "expected a key in quarantine");
    assertEquals(await store.stat(KEY), undefined);
    assertEquals(await read(store, aside), "damaged");
    await put(store, KEY, "again");
    const again = await setAside();
    assert(again !== undefined && again !== aside, "expected a key of its own");
    assertEquals(await read(store, aside), "damaged");
  },

  "setAside: nothing where there is nothing, and not what is no longer what was found": async (store) => {
    await put(store, KEY, "damaged");
    const found = await getStat(store, KEY);
    const evidence = evidenceFor(store);
    assert((await store.setAside(KEY, { found, evidence })) !== undefined, "expected a key in quarantine");
    assertEquals(await store.setAside(KEY, { found, evidence }), undefined);
    await put(store, KEY, "good");
    assertEquals(await store.setAside(KEY, { found, evidence }), undefined);
    assertEquals(await read(store, KEY), "good");
  },

  "protect: resolves, also where there is nothing": async (store) => {
    await put(store, KEY, "bytes");
    await store.protect(KEY);
    await store.protect(OTHER);
    assertEquals(await read(store, KEY), "bytes");
  },

  "open: a stream that is left can be cancelled": async (store) => {
    await put(store, KEY, "x".repeat(1_000_000));
    const stream = await store.open(KEY);
    const reader = stream?.getReader();
    const first = await reader?.read();
    assert(first?.done === false && first.value.byteLength > 0, "expected bytes");
    await reader?.cancel();
    assertEquals((await read(store, KEY)).length, 1_000_000);
  },
};

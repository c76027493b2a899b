import { type BlobKey, parseBlobKey } from "../../core/naming/blob-key.ts";
import { EMPTY_SHA256 } from "../../core/sha256.ts";
import type { BlobStat, BlobStore, QuarantineEvidence, StagedBlob } from "../../ports/blob-store.ts";
import { assert, assertEquals, assertFails } from "../assert.ts";
import type { SuiteRunner } from "../suite-runner.ts";
import { markerCases } from "./marker-cases.ts";

/** Where one case of the blob-store suite works. */
export interface BlobStorePlace {
  /** A store without a single blob. */
  readonly store: BlobStore;
  /** Whether bytes can have a second name just here. @default what the store says that it can do */
  readonly shares?: boolean | undefined;
  /** Called when the case has ended, well or not; removes what the store left. */
  dispose(): Promise<void>;
}

type BlobStoreCase = (store: BlobStore, shares: boolean) => Promise<void>;

/** Checks everything that the port `BlobStore` promises, each case with a store of its own. */
export function testBlobStore(runner: SuiteRunner, name: string, create: () => Promise<BlobStorePlace>): void {
  const groups = {
    names: nameCases,
    staging: stagingCases,
    placing: placingCases,
    "taking away": removalCases,
    markers: markerCases,
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

const KEY = parseBlobKey("folder/sub/blob.txt");
const OTHER = parseBlobKey("folder/other.txt");

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
    assert(
      await store.replace(staged, KEY, { found, evidence: evidenceFor(store), readOnly: true }),
      "expected it done",
    );
    assertEquals(await read(store, KEY), "whole");
    assert((await getStat(store, KEY)).identity !== found.identity, "expected another identity");
  },

  "replace: not what is no longer what was found": async (store) => {
    await put(store, KEY, "damaged");
    const found = { ...(await getStat(store, KEY)), sizeBytes: 3 };
    const staged = await stage(store, "whole");
    assertEquals(await store.replace(staged, KEY, { found, evidence: evidenceFor(store) }), false);
    assertEquals(await store.replace(staged, OTHER, { found, evidence: evidenceFor(store) }), false);
    assertEquals(await read(store, KEY), "damaged");
    assertEquals(await store.stat(OTHER), undefined);
  },

  "replace: an empty blob leaves nothing behind": async (store) => {
    await put(store, KEY, "");
    const staged = await stage(store, "whole");
    const found = await getStat(store, KEY);
    assert(await store.replace(staged, KEY, { found, evidence: evidenceFor(store) }), "expected it done");
    assertEquals(await read(store, KEY), "whole");
  },

  "setAside: the blob is in quarantine, whole, and its name is free": async (store) => {
    await put(store, KEY, "damaged");
    const aside = await store.setAside(KEY, evidenceFor(store));
    assert(aside !== undefined, "expected a key in quarantine");
    assertEquals(await store.stat(KEY), undefined);
    assertEquals(await read(store, aside), "damaged");
    await put(store, KEY, "again");
    const again = await store.setAside(KEY, evidenceFor(store));
    assert(again !== undefined && again !== aside, "expected a key of its own");
    assertEquals(await read(store, aside), "damaged");
  },

  "setAside: nothing where there is nothing": async (store) => {
    assertEquals(await store.setAside(KEY, evidenceFor(store)), undefined);
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

function evidenceFor(store: BlobStore): QuarantineEvidence {
  return {
    reason: "hash_mismatch",
    uri: store.uriOf(KEY),
    expected_sha256: EMPTY_SHA256,
    expected_bytes: 0,
    actual_sha256: null,
    actual_bytes: 7,
    found_at: "2025-01-01T00:00:00.000Z",
  };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function stage(store: BlobStore, text: string): Promise<StagedBlob> {
  const writer = await store.stage();
  await writer.write(encode(text));
  return writer.finish();
}

async function listStaged(store: BlobStore): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { staged, owner, modifiedMs } of store.listStaged()) {
    assert("pid" in owner && modifiedMs > 0, "expected an owner and a time");
    found.push(`${staged.name} ${staged.sizeBytes}`);
  }
  return found;
}

async function put(store: BlobStore, key: BlobKey, text: string): Promise<void> {
  const staged = await stage(store, text);
  assert(await store.place(staged, key), `expected "${key}" to be free`);
  await store.dropStaged(staged);
}

async function getStat(store: BlobStore, key: BlobKey): Promise<BlobStat> {
  const stat = await store.stat(key);
  assert(stat !== undefined, `stat: found nothing at "${key}"`);
  return stat;
}

async function read(store: BlobStore, key: BlobKey): Promise<string> {
  const stream = await store.open(key);
  assert(stream !== undefined, `open: found nothing at "${key}"`);
  return textOf(stream);
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}

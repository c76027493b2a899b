import type { R2BucketBinding } from "../../../src/adapters/blob/r2/binding.ts";
import { createR2Store } from "../../../src/adapters/blob/r2.ts";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createDigestStreamHasher } from "../../../src/adapters/hash/digest-stream.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import { EMPTY_SHA256, type Sha256 } from "../../../src/core/sha256.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { BlobStore, StagedBlob } from "../../../src/ports/blob-store.ts";
import { assert, assertEquals, assertFails } from "../../../src/testing/assert.ts";
import { evidenceFor } from "../../../src/testing/blob-store/place.ts";
import type { SuiteRunner } from "../../../src/testing/suite-runner.ts";

/** A store in a folder of its own, with the bucket under it, of which calls can be replaced. */
interface R2Place {
  readonly store: BlobStore;
  readonly bucket: R2BucketBinding;
  readonly prefix: string;
  /** The names of all objects of the store, without its folder. */
  keys(): Promise<readonly string[]>;
  /** The same folder over a bucket of which some calls do something else. */
  over(calls: Partial<R2BucketBinding>): BlobStore;
}

const MEBIBYTE = 1024 * 1024;
const PART_BYTES = 5 * MEBIBYTE;
const KEY = parseBlobKey("folder/blob");

/** What only a store over R2 does, over the binding of workerd. */
export function testR2Store(runner: SuiteRunner, papers: () => R2BucketBinding): void {
  runner.describe("BlobStore of R2", () => {
    for (const [title, check] of Object.entries({ ...stagingCases, ...racingCases, ...failingCases })) {
      runner.it(title, () => check(freshPlace(papers())));
    }
  });
}

function freshPlace(bucket: R2BucketBinding): R2Place {
  const prefix = `${webCryptoEntropy.nonce()}/`;
  const over = (calls: Partial<R2BucketBinding>): BlobStore => {
    const bound: R2BucketBinding = {
      head: (key) => bucket.head(key),
      get: (key) => bucket.get(key),
      put: (key, value, options) => bucket.put(key, value, options),
      delete: (key) => bucket.delete(key),
      list: (options) => bucket.list(options),
      createMultipartUpload: (key) => bucket.createMultipartUpload(key),
      ...calls,
    };
    return createR2Store({
      bucket: bound,
      bucketName: "papers",
      prefix,
      clock: systemClock,
      entropy: webCryptoEntropy,
    });
  };
  const keys = async (): Promise<readonly string[]> =>
    (await bucket.list({ prefix })).objects.map(({ key }) => key.slice(prefix.length));
  return { store: over({}), bucket, prefix, keys, over };
}

type R2Case = (place: R2Place) => Promise<void>;

const stagingCases: Readonly<Record<string, R2Case>> = {
  "keeps what fits into a part in memory until it has its name": async ({ store, keys }) => {
    const { staged, sha256 } = await stageLarge(store, PART_BYTES);
    assertEquals(await keys(), []);
    assert(await store.place(staged, KEY, { sha256 }), "expected the name to be free");
    assertEquals(await hashOf(store), sha256);
    await store.dropStaged(staged);
    assertEquals(await keys(), ["folder/blob"]);
  },

  "sends what is larger in parts, and copies it to its name": async ({ store, keys }) => {
    const { staged, sha256 } = await stageLarge(store, 2 * PART_BYTES + 12_345);
    assertEquals(staged.sizeBytes, 2 * PART_BYTES + 12_345);
    assertEquals(await keys(), [`.staging/${staged.name}`]);
    assertEquals((await store.statStaged(staged)).sizeBytes, staged.sizeBytes);
    assert(await store.place(staged, KEY, { sha256 }), "expected the name to be free");
    assertEquals(await store.place(staged, KEY), false, "placed a second time");
    assertEquals(await hashOf(store), sha256);
    await store.dropStaged(staged);
    assertEquals(await keys(), ["folder/blob"]);
  },

  "leaves nothing of what was begun in parts and dropped": async ({ store, keys }) => {
    const writer = await store.stage();
    await writer.write(new Uint8Array(PART_BYTES + 1));
    await writer.drop();
    await writer.drop();
    assertEquals(await keys(), []);
  },

  "lists what others have staged, page by page, and nothing else": async ({ store, bucket, prefix, over }) => {
    const others = over({ list: ({ prefix: below, ...from }) => bucket.list({ prefix: below, ...from, ...ONE }) });
    const all = await Promise.all([1, 2, 3].map(() => stageLarge(store, PART_BYTES + 1)));
    await bucket.put(`${prefix}.staging/readme.txt`, new Uint8Array(1));
    const found: string[] = [];
    for await (const { staged } of others.listStaged()) found.push(staged.name);
    assertEquals(found.sort(), all.map(({ staged }) => staged.name).sort());
  },

  "says so when staged bytes were removed": async ({ store, bucket, prefix }) => {
    const { staged } = await stageLarge(store, PART_BYTES + 1);
    await bucket.delete(`${prefix}.staging/${staged.name}`);
    await assertFails(() => store.place(staged, KEY), "NOT_FOUND");
    await assertFails(() => store.openStaged(staged), "NOT_FOUND");
    await assertFails(() => store.statStaged(staged), "NOT_FOUND");
  },

  "lists markers page by page, but for one that is removed at that moment": async ({ store, bucket, over }) => {
    for (const name of ["1", "2", "3"]) await store.markers.write(name, new TextEncoder().encode(name));
    const others = over({
      list: ({ prefix: below, ...from }) => bucket.list({ prefix: below, ...from, ...ONE }),
      get: (key) => (key.endsWith("/2") ? Promise.resolve(null) : bucket.get(key)),
    });
    const found = (await others.markers.list()).map(({ name, bytes }) => [name, new TextDecoder().decode(bytes)]);
    assertEquals(found.sort(), [
      ["1", "1"],
      ["3", "3"],
    ]);
  },

  "adopts and shares nothing, as it has no files": async ({ store }) => {
    assertEquals([store.capabilities.adopt, store.capabilities.share], [false, false]);
    assertEquals(await store.adopt("/file", "link"), undefined);
  },

  "knows the keys of its own bucket and folder only": async ({ store, prefix }) => {
    assertEquals(store.root, `s3://papers/${prefix}`);
    assertEquals(store.uriOf(parseBlobKey("a b/50%?#")), `s3://papers/${prefix}a%20b/50%25%3F%23`);
    assertEquals(store.findKey(`s3://papers/${prefix}a%20b`), "a b");
    for (const uri of [
      `s3://other/${prefix}a`,
      "s3://papers/a",
      `s3://papers/${prefix}a//b`,
      `s3://papers/${prefix}%`,
    ]) {
      assertEquals(store.findKey(uri), undefined, uri);
    }
  },
};

/** An option of R2 that the store does not use. */
const ONE: object = { limit: 1 };

const racingCases: Readonly<Record<string, R2Case>> = {
  "replaces nothing that changed since it was looked at": async ({ store, bucket, prefix, over }) => {
    await place(store, "damaged");
    const found = await statOf(store);
    const { staged } = await stageText(store, "whole");
    // Somebody else is faster, between the look and the put.
    const late = over({
      get: async (key) => {
        const object = await bucket.get(key);
        await bucket.put(`${prefix}${KEY}`, new TextEncoder().encode("theirs"));
        return object;
      },
    });
    const again = await stageText(late, "whole");
    assertEquals(await late.replace(again.staged, KEY, { found, evidence: evidenceFor(store) }), "changed");
    assertEquals(await textAt(store), "theirs");
    assertEquals(await store.replace(staged, KEY, { found, evidence: evidenceFor(store) }), "changed");
  },

  "replaces nothing that is gone by then": async ({ store, bucket, prefix, over }) => {
    await place(store, "damaged");
    const found = await statOf(store);
    const late = over({
      get: async (key) => {
        await bucket.delete(`${prefix}${KEY}`);
        return bucket.get(key);
      },
    });
    const { staged } = await stageText(late, "whole");
    assertEquals(await late.replace(staged, KEY, { found, evidence: evidenceFor(store) }), "changed");
    assertEquals(await store.stat(KEY), undefined);
  },

  "lists nothing more when it is aborted": async ({ store }) => {
    await place(store, "bytes");
    const aborted = AbortSignal.abort(new Error("no more"));
    const list = async (): Promise<void> => {
      for await (const _page of store.list({ signal: aborted })) assert(false, "expected no page");
    };
    assertEquals(await list().catch((error: unknown) => (error as Error).message), "no more");
  },

  "has the whole bucket without a prefix": async ({ bucket }) => {
    const whole = createR2Store({ bucket, bucketName: "papers", clock: systemClock, entropy: webCryptoEntropy });
    assertEquals([whole.root, whole.uriOf(KEY)], ["s3://papers/", `s3://papers/${KEY}`]);
  },

  "replaces an empty blob that somebody replaces at the same moment": async ({ store, bucket, prefix, over }) => {
    await place(store, "");
    const found = await statOf(store);
    const late = over({
      put: async (key, value, options) => {
        if (options?.onlyIf?.etagMatches !== undefined)
          await bucket.put(`${prefix}${KEY}`, new TextEncoder().encode("theirs"));
        return bucket.put(key, value, options);
      },
    });
    const { staged } = await stageText(late, "whole");
    assertEquals(await late.replace(staged, KEY, { found, evidence: evidenceFor(store) }), "changed");
    assertEquals(await textAt(store), "theirs");
  },

  "lists names that no file could have, without a key": async ({ store, bucket, prefix, over }) => {
    for (const name of ["a//b", "./c", "plain", ".staging/left"]) {
      await bucket.put(`${prefix}${name}`, new TextEncoder().encode(name));
    }
    const found: string[] = [];
    const paged = over({ list: ({ prefix: below, ...from }) => bucket.list({ prefix: below, ...from, ...ONE }) });
    for (const each of [store, paged]) {
      for await (const page of each.list()) {
        for (const entry of page) found.push(`${entry.kind} ${entry.key ?? entry.name} ${entry.stat?.sizeBytes}`);
      }
    }
    const expected = ["unknown ./c undefined", "unknown a//b undefined", "blob plain 5"];
    assertEquals(found, [...expected, ...expected]);
  },

  "deletes nothing that others put where damaged bytes were": async ({ store, bucket, prefix, keys, over }) => {
    await place(store, "damaged");
    const late = over({
      get: async (key) => {
        const object = await bucket.get(key);
        await bucket.put(`${prefix}${KEY}`, new TextEncoder().encode("theirs"));
        return object;
      },
    });
    const aside = await late.setAside(KEY, { found: await statOf(store), evidence: evidenceFor(store) });
    assertEquals(aside, undefined);
    assertEquals(await textAt(store), "theirs");
    assertEquals(await keys(), [KEY]);
  },

  "keeps what was found when others replace what stands in its place for a moment": async (place_) => {
    const { store, bucket, prefix, over } = place_;
    for (const [text, isKept] of [
      ["damaged", true],
      ["", false],
    ] as const) {
      await place(store, text);
      const late = over({
        put: async (key, value, options) => {
          const put = await bucket.put(key, value, options);
          if (options?.onlyIf !== undefined) await bucket.put(`${prefix}${KEY}`, new TextEncoder().encode("theirs"));
          return put;
        },
      });
      const aside = await late.setAside(KEY, { found: await statOf(store), evidence: evidenceFor(store) });
      assertEquals(aside !== undefined, isKept, text);
      assertEquals(await textAt(store), "theirs");
      await bucket.delete(`${prefix}${KEY}`);
    }
  },

  "keeps one copy of what two put aside at once": async ({ store, keys }) => {
    for (const text of ["damaged", ""]) {
      const before = (await keys()).length;
      await place(store, text);
      const options = { found: await statOf(store), evidence: evidenceFor(store) };
      const asides = await Promise.all([1, 2, 3].map(() => store.setAside(KEY, options)));
      assertEquals(asides.filter((aside) => aside !== undefined).length, 1, text);
      assertEquals((await keys()).length - before, 2, text);
    }
  },

  "tells the hash that R2 compared": async ({ store }) => {
    const { staged, sha256 } = await stageText(store, "bytes");
    assert(await store.place(staged, KEY, { sha256 }), "expected the name to be free");
    assertEquals((await statOf(store)).sha256, sha256);
    for await (const page of store.list())
      assertEquals(
        page.map(({ stat }) => stat?.sha256),
        [sha256],
      );
    const other = parseBlobKey("other");
    assert(await store.place((await stageText(store, "bytes")).staged, other), "expected the name to be free");
    assertEquals((await store.stat(other))?.sha256, undefined);
  },

  "lists in quarantine what is in a folder of its own, and reads no note that is too long": async (place_) => {
    const { store, bucket, prefix } = place_;
    await place(store, "damaged");
    const aside = await store.setAside(KEY, { found: await statOf(store), evidence: evidenceFor(store) });
    for (const name of ["loose", "a/b/c", "long/blob", "none/blob"]) {
      await bucket.put(`${prefix}.quarantine/${name}`, new Uint8Array(1));
    }
    await bucket.put(`${prefix}.quarantine/long/evidence.json`, new Uint8Array(16_777_217));
    const found: string[] = [];
    for await (const page of store.listQuarantined()) {
      found.push(...page.map(({ at, evidence }) => `${at} ${evidence?.reason}`));
    }
    const expected = [`${aside} hash_mismatch`, ".quarantine/long/blob undefined", ".quarantine/none/blob undefined"];
    assertEquals(found, expected);
  },

  "keeps the evidence beside damaged bytes": async ({ store }) => {
    await place(store, "damaged");
    const aside = await store.setAside(KEY, { found: await statOf(store), evidence: evidenceFor(store) });
    assert(aside?.startsWith(".quarantine/") === true && aside.endsWith("/blob"), `unexpected ${aside}`);
    const note = JSON.parse(await textAt(store, parseBlobKey(aside.replace(/blob$/, "evidence.json"))));
    assertEquals([note.schema_version, note.reason, note.uri], [2, "hash_mismatch", evidenceFor(store).uri]);
  },
};

const failingCases: Readonly<Record<string, R2Case>> = {
  "lets R2 compare the hash, and stores nothing that has another": async ({ store, keys }) => {
    const small = await stageText(store, "bytes");
    await assertFails(() => store.place(small.staged, KEY, { sha256: EMPTY_SHA256 }), "INTEGRITY");
    const large = await stageLarge(store, PART_BYTES + 1);
    await assertFails(() => store.place(large.staged, KEY, { sha256: small.sha256 }), "INTEGRITY");
    assertEquals(await keys(), [`.staging/${large.staged.name}`]);
  },

  "says that other bytes came, also where R2 does not say which": async ({ over }) => {
    const store = over({ put: () => Promise.reject(new Error("put: the digest is another (10037)")) });
    const { staged } = await stageText(store, "bytes");
    await assertFails(() => store.place(staged, KEY), "INTEGRITY");
  },

  "tells what can be tried again from what cannot": async ({ over }) => {
    const codes: unknown[] = [];
    for (const what of ["get: slow down (10058)", "get: no access (10003)", "Network connection lost."]) {
      const store = over({ head: () => Promise.reject(new Error(what)) });
      const error = await store.stat(KEY).catch((reason: unknown) => reason);
      assert(isCatalogError(error), "expected a CatalogError");
      assert(error.message.includes(what), error.message);
      codes.push(error.code, error.retryable);
    }
    assertEquals(codes, ["UNAVAILABLE", true, "PERMISSION", false, "BACKEND", false]);
  },

  "says what R2 does where the quarantine cannot be listed": async ({ over }) => {
    const store = over({ get: () => Promise.reject(new Error("get: slow down (10058)")) });
    await place(store, "damaged");
    const list = async (): Promise<void> => {
      for await (const _page of store.listQuarantined()) assert(false, "expected no page");
    };
    await store.place((await stageText(store, "bytes")).staged, parseBlobKey(".quarantine/x/blob"));
    await assertFails(list, "UNAVAILABLE");
  },

  "passes on what is no error": async ({ over }) => {
    const store = over({ head: () => Promise.reject("a text") });
    assertEquals(await store.stat(KEY).catch((reason: unknown) => reason), "a text");
  },

  "refuses more bytes than one put takes, before they are sent": async ({ over }) => {
    const parts: number[] = [];
    const store = over({
      // Nothing is kept: what is tried here is larger than this machine's memory.
      createMultipartUpload: async () => ({
        uploadPart: async (partNumber) => ({ partNumber: parts.push(partNumber), etag: "" }),
        complete: () => Promise.reject(new Error("not reached")),
        abort: async () => {},
      }),
    });
    const writer = await store.stage();
    const part = new Uint8Array(PART_BYTES);
    for (let count = 1; count <= 1022; count += 1) await writer.write(part);
    await assertFails(() => writer.write(part), "UNSUPPORTED");
    await writer.drop();
    assertEquals(parts.length, 1021);
  },
};

/** Stages so many bytes in pieces that fit nothing. */
async function stageLarge(
  store: BlobStore,
  sizeBytes: number,
): Promise<{ readonly staged: StagedBlob; readonly sha256: Sha256 }> {
  const hash = await createDigestStreamHasher().create();
  const writer = await store.stage();
  const piece = Uint8Array.from({ length: 777_777 }, (_, index) => index % 251);
  for (let left = sizeBytes; left > 0; ) {
    const bytes = piece.subarray(0, Math.min(left, piece.byteLength));
    await Promise.all([writer.write(bytes), hash.update(bytes)]);
    left -= bytes.byteLength;
  }
  return { staged: await writer.finish(), sha256: await hash.digest() };
}

async function stageText(store: BlobStore, text: string): Promise<Awaited<ReturnType<typeof stageLarge>>> {
  const bytes = new TextEncoder().encode(text);
  const hash = await createDigestStreamHasher().create();
  await hash.update(bytes);
  const writer = await store.stage();
  await writer.write(bytes);
  return { staged: await writer.finish(), sha256: await hash.digest() };
}

async function place(store: BlobStore, text: string): Promise<void> {
  const { staged } = await stageText(store, text);
  assert(await store.place(staged, KEY), "expected the name to be free");
}

async function statOf(store: BlobStore): Promise<NonNullable<Awaited<ReturnType<BlobStore["stat"]>>>> {
  const stat = await store.stat(KEY);
  assert(stat !== undefined, "expected a blob");
  return stat;
}

async function hashOf(store: BlobStore): Promise<Sha256> {
  const hash = await createDigestStreamHasher().create();
  await hash.update(new Uint8Array(await new Response(await store.open(KEY)).arrayBuffer()));
  return hash.digest();
}

async function textAt(store: BlobStore, key = KEY): Promise<string> {
  return new Response(await store.open(key)).text();
}

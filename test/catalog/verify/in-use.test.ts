import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import type { BlobKey } from "../../../src/core/naming/blob-key.ts";
import type { BlobStore, TakenBlob } from "../../../src/ports/blob-store.ts";
import { openWithOne, pathOf, type VerifyWorld } from "./_verify-world.ts";

let world: VerifyWorld;
let catalog: Catalog;
let record: DocumentRecord;
let path: string;

beforeEach(async () => {
  ({ world, catalog, record, path } = await openWithOne());
});

afterEach(() => world.remove());

async function lease(uri: string): Promise<void> {
  await world.sql(
    `INSERT INTO leases (id, uri, origin, holder, taken_at, expires_at) VALUES (?, ?, 'placed', '{}', ?, ?)`,
    ...["l", uri, "2020-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z"],
  );
}

async function verdict(): Promise<unknown> {
  const { results, error } = await world.verify(catalog);
  expect(error).toBeUndefined();
  expect(results).toHaveLength(1);
  return [results[0]?.result, results[0]?.reason];
}

describe("a blob with a lease", () => {
  it("is looked at again after the others, and what is there then counts", async () => {
    const others = [await world.ingest(catalog, "one"), await world.ingest(catalog, "two")];
    rmSync(path);
    await lease(record.storageUri);
    let looks = 0;
    world.before = (call, at) => {
      if (call === "open" && at === pathOf(others[1] as DocumentRecord)) looks += 1;
      if (call === "lstat" && at === path && looks > 0 && !existsSync(path)) writeFileSync(path, "hello");
    };
    const { results, summary } = await world.verify(catalog);
    expect(results.at(-1)).toMatchObject({ uri: record.storageUri, result: "ok" });
    expect(summary).toMatchObject({ ok: 3, missing: 0 });
  });

  it("is judged as it is when nothing has changed", async () => {
    rmSync(path);
    await lease(record.storageUri);
    expect(await verdict()).toEqual(["missing", "gone"]);
    writeFileSync(path, "hullo");
    expect(await verdict()).toEqual(["mismatch", "hash"]);
  });

  it("stays for the next run when the budget is over", async () => {
    rmSync(path);
    await lease(record.storageUri);
    const { results, summary } = await world.verify(catalog, { budget: { bytes: 1 } });
    expect(results).toEqual([]);
    expect(summary).toMatchObject({ complete: false, left: 1 });
  });
});

describe("a blob in the trash of a collector", () => {
  let store: BlobStore;
  let taken: TakenBlob;

  beforeEach(async () => {
    store = await openFileBlobStore({ fs: world.fs, entropy: webCryptoEntropy, rootDir: world.root });
    const key = store.findKey(record.storageUri) as BlobKey;
    const found = await store.stat(key);
    if (found === undefined) throw new Error("no blob");
    const took = await store.take(key, { found, run: store.newRun(), keepName: true });
    if (took === undefined) throw new Error("not taken");
    taken = took;
  });

  it("is there, as long as the collector may give it back", async () => {
    expect(readFileSync(path).byteLength).toBeGreaterThan(100);
    expect(await verdict()).toEqual(["ok", null]);
    rmSync(path);
    expect(await verdict()).toEqual(["ok", null]);
  });

  it("is what it is there", async () => {
    const at = `${world.root}/${taken.at}`;
    writeFileSync(at, "hullo");
    expect(await verdict()).toEqual(["mismatch", "hash"]);
    const { results } = await world.verify(catalog, { quarantine: true });
    expect(results[0]).toMatchObject({ result: "mismatch", quarantine: null });
    expect(readFileSync(at, "utf8")).toBe("hullo");
  });

  it("is missing when it is kept for people, or gone from there, too", async () => {
    taken = await store.keepTaken(taken);
    expect(await verdict()).toEqual(["missing", "gone"]);
    rmSync(`${world.root}/.trash`, { recursive: true });
    expect(await verdict()).toEqual(["missing", "gone"]);
  });

  it("is read at its name again when it came back meanwhile", async () => {
    rmSync(path);
    rmSync(`${world.root}/.trash`, { recursive: true });
    let looks = 0;
    world.before = (call, at) => {
      if (call === "stat" && at.endsWith(".trash")) looks += 1;
      if (call === "lstat" && at === path && ++looks > 2 && !existsSync(path)) writeFileSync(path, "hello");
    };
    expect(await verdict()).toEqual(["ok", null]);
  });
});

describe("the names of one file", () => {
  it("are read once, together or one after the other", async () => {
    const second = await world.ingest(catalog, "hello", { artifactId: "b" });
    const third = await world.ingest(catalog, "hello", { artifactId: "c" });
    for (const each of [second, third]) {
      rmSync(pathOf(each));
      linkSync(path, pathOf(each));
    }
    world.opened.length = 0;
    const names = [record, second, third].map(pathOf);
    const { results, summary } = await world.verify(catalog);
    expect(results.map(({ result }) => result)).toEqual(["ok", "ok", "ok"]);
    expect(world.opened.filter((at) => names.includes(at))).toHaveLength(1);
    expect(summary?.bytes).toBe(5);
    world.opened.length = 0;
    await world.verify(catalog, { budget: { timeMs: 86_400_000 } });
    await world.verify(catalog, { budget: { timeMs: 86_400_000 }, recheck: true });
    expect(world.opened.filter((at) => names.includes(at))).toHaveLength(2);
  });

  it("are read apart where they are files of their own, or one is gone", async () => {
    const copies = await Promise.all(
      ["b", "c", "d"].map((artifactId) => world.ingest(catalog, "hello", { artifactId })),
    );
    const [b, c, d] = copies.map(pathOf) as [string, string, string];
    for (const copy of [b, c]) {
      writeFileSync(`${copy}.new`, "hello");
      renameSync(`${copy}.new`, copy);
    }
    rmSync(d);
    world.opened.length = 0;
    const { summary } = await world.verify(catalog);
    expect(summary).toMatchObject({ ok: 3, missing: 1, bytes: 15 });
    expect(world.opened.filter((at) => [path, b, c].includes(at))).toHaveLength(3);
  });

  it("outside of the root are read once, too", async () => {
    const [one, two] = [`${world.folder}/one.txt`, `${world.folder}/two.txt`];
    writeFileSync(one, "hello");
    linkSync(one, two);
    for (const at of [one, two]) {
      const key = { artifactId: at, sourceUrl: "https://example.org/x", resolver: "test" };
      await catalog.registerOrGet({ ...key, bytes: 5, sha256: record.sha256, storageUri: `file://${at}` });
    }
    const { summary } = await world.verify(catalog);
    expect(summary).toMatchObject({ ok: 3, bytes: 10 });
  });
});

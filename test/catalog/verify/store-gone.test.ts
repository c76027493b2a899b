import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import { CatalogError } from "../../../src/errors.ts";
import { digestOf } from "../_open-for-test.ts";
import { fileError, pathOf, VerifyWorld } from "./_verify-world.ts";

let world: VerifyWorld;
let catalog: Catalog;
let record: DocumentRecord;

beforeEach(async () => {
  world = new VerifyWorld();
  catalog = await world.open({ layout: "policy_path" });
  record = await world.ingest(catalog, "hello", { artifactId: "zzz" });
});

afterEach(() => world.remove());

/** Rows whose blobs are not there. */
async function lose(count: number): Promise<void> {
  await catalog.registerMany(
    Array.from({ length: count }, (_, n) => ({
      artifactId: `lost-${n}`,
      sourceUrl: `https://example.org/${n}`,
      resolver: "lost",
      bytes: 5,
      sha256: digestOf("a"),
      storageUri: `file://${world.root}/lost/${String(n).padStart(4, "0")}`,
    })),
  );
}

async function remembered(): Promise<unknown> {
  const [row] = await world.sql("SELECT COUNT(*) FROM verifications");
  return row?.[0];
}

describe("a store that is gone", () => {
  it("is one failure where the root is not there, and nothing is taken for missing", async () => {
    await lose(3);
    renameSync(world.root, `${world.folder}/moved`);
    const { results, error, summary } = await world.verify(catalog);
    expect(error).toMatchObject({ code: "BACKEND", message: expect.stringContaining("it is not there") });
    expect([results, summary, await remembered()]).toEqual([[], undefined, 0]);
    writeFileSync(world.root, "a file");
    expect((await world.verify(catalog)).error).toMatchObject({ message: expect.stringContaining("it is no folder") });
    rmSync(world.root);
    mkdirSync(world.root);
    const empty = await world.verify(catalog);
    expect(empty.error).toMatchObject({ message: expect.stringContaining("nothing in it, and no marker") });
    rmSync(world.root, { recursive: true });
    renameSync(`${world.folder}/moved`, world.root);
    expect((await world.verify(catalog)).summary).toMatchObject({ ok: 1, missing: 3 });
  });

  it("does not keep what lies elsewhere from being verified", async () => {
    const outside = `${world.folder}/outside.txt`;
    writeFileSync(outside, "hello");
    const key = { artifactId: "out", sourceUrl: "https://example.org/out", resolver: "test" };
    await catalog.registerOrGet({ ...key, bytes: 5, sha256: record.sha256, storageUri: `file://${outside}` });
    await catalog.remove([record.id]);
    rmSync(world.root, { recursive: true });
    expect((await world.verify(catalog)).summary).toMatchObject({ ok: 1 });
  });

  it("is noticed in the middle, and what was found before is kept", async () => {
    await lose(150);
    const good = await world.ingest(catalog, "first", { artifactId: "aaa" });
    const names = [good, record].map(pathOf);
    let isGone = false;
    world.before = (call, path) => {
      if (call === "open" && names.includes(path)) isGone = true;
      else if (isGone && path.startsWith(world.root) && call !== "read") throw fileError("EIO");
    };
    const { results, error } = await world.verify(catalog);
    expect(error).toMatchObject({ code: "BACKEND", message: expect.stringContaining("it cannot be read") });
    expect(results.every(({ result }) => result === "ok" || result === "missing")).toBe(true);
    expect(results.filter(({ result }) => result === "unreadable")).toEqual([]);
    world.before = () => undefined;
    expect(await remembered()).toBe(results.length);
  });

  it("is noticed where its marker went", async () => {
    await lose(3);
    let isGone = false;
    world.before = (call, path) => {
      if (call !== "open" || path !== pathOf(record) || isGone) return;
      isGone = true;
      rmSync(`${world.root}/.content-catalog`, { recursive: true });
      writeFileSync(`${world.root}/of-others`, "");
      rmSync(path);
    };
    const { error } = await world.verify(catalog);
    expect(error).toMatchObject({
      code: "BACKEND",
      message: expect.stringContaining("no marker of a catalog any more"),
    });
  });

  it("is not suspected because many blobs are gone, one after the other", async () => {
    await lose(230);
    const { summary, error } = await world.verify(catalog);
    expect(error).toBeUndefined();
    expect(summary).toMatchObject({ ok: 1, missing: 230 });
  });

  it("is not suspected where only its marker was never there", async () => {
    rmSync(`${world.root}/.content-catalog`, { recursive: true });
    await lose(0);
    await world.sql("UPDATE documents SET storage_uri = storage_uri || 'x'");
    expect((await world.verify(catalog)).summary).toMatchObject({ missing: 1 });
  });
});

describe("a catalog that takes no writes", () => {
  it("is verified all the same, with a warning", async () => {
    await world.verify(catalog);
    rmSync(pathOf(record));
    await world.verify(catalog);
    writeFileSync(`${world.root}/keep`, "");
    await catalog.close();
    const reader = await world.open({ mode: "read", layout: "policy_path" });
    world.logged.length = 0;
    const { results, summary } = await world.verify(reader);
    expect(results[0]).toMatchObject({ result: "missing" });
    expect(summary).toMatchObject({ missing: 1, knownBad: 0 });
    expect(summary?.notRememberedBecause).toContain("opened for reading only");
    expect(world.logged.map(({ message }) => message)).toEqual(["What is verified is not remembered"]);
    const due = await world.verify(reader, { maxAgeMs: 1000 });
    expect(due.summary).toMatchObject({ missing: 0, knownBad: 1 });
  });

  it("is verified where it refuses in the middle, and other errors end it", async () => {
    const open = async (code: "BUSY" | "CORRUPT"): Promise<unknown> => {
      const details = code === "BUSY" ? { path: "x", holder: "1", waitedMs: 1 } : { reason: "x" };
      const refusal = new CatalogError(code, "Cannot write", { details } as never);
      const { engine } = await world.openOver({ batch: () => Promise.reject(refusal) });
      const { summary, error } = await world.verify(engine);
      return summary?.notRememberedBecause ?? (error as CatalogError).code;
    };
    expect(await open("BUSY")).toBe("Cannot write");
    expect(await open("CORRUPT")).toBe("CORRUPT");
  });
});

describe("a look at sizes", () => {
  it("says of what is known to be bad no more than that", async () => {
    writeFileSync(`${pathOf(record)}.new`, "hullo");
    renameSync(`${pathOf(record)}.new`, pathOf(record));
    await world.verify(catalog);
    const all = await world.verify(catalog, { quick: true });
    expect(all.results[0]).toMatchObject({ result: "ok", strength: "size" });
    expect(all.summary).toMatchObject({ ok: 1, mismatch: 0, knownBad: 1, bytes: 0 });
    const named = await world.verify(catalog, { quick: true, ids: ["zzz"] });
    expect(named.summary).toMatchObject({ ok: 1, knownBad: 1 });
    rmSync(pathOf(record));
    expect((await world.verify(catalog, { quick: true })).results[0]).toMatchObject({ result: "missing" });
    mkdirSync(pathOf(record));
    expect((await world.verify(catalog, { quick: true })).results[0]).toMatchObject({ reason: "other_kind" });
  });

  it("reads what has a hash and no size on record", async () => {
    const storageUri = `file://${world.folder}/v.txt`;
    writeFileSync(`${world.folder}/v.txt`, "hello");
    const { sha256 } = record;
    await catalog.addVariant(record.id, { variant: "v", storageUri, bytes: null, sha256 });
    const { results } = await world.verify(catalog, { quick: true });
    expect(results.map(({ strength }) => strength).sort()).toEqual(["full", "size"]);
  });
});

describe("entries of blobs that no row names", () => {
  it("go at the end of a run over everything", async () => {
    await world.sql(
      "INSERT INTO verifications (uri, result, strength, checked_at) VALUES ('file:///x', 'ok', 'full', ?)",
      "2020-01-01T00:00:00.000Z",
    );
    await world.verify(catalog, { maxAgeMs: 1 });
    expect(await remembered()).toBe(2);
    await world.verify(catalog);
    expect(await remembered()).toBe(1);
  });
});

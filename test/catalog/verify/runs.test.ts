import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { VerifyProgress } from "../../../src/catalog/verify/verify-options.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import { pathOf, VerifyWorld } from "./_verify-world.ts";

const DAY_MS = 86_400_000;

let world: VerifyWorld;
let catalog: Catalog;
let records: readonly DocumentRecord[];

beforeEach(async () => {
  world = new VerifyWorld();
  catalog = await world.open();
});

afterEach(() => world.remove());

async function fill(count: number): Promise<void> {
  const all: DocumentRecord[] = [];
  for (let n = 0; n < count; n++) all.push(await world.ingest(catalog, `text ${String(n).padStart(3, "0")}`));
  records = all.sort((one, other) => (one.storageUri < other.storageUri ? -1 : 1));
  world.opened.length = 0;
}

/** The blobs that were read, each as often as it was opened. */
function read(): readonly string[] {
  const paths = new Set(records.map(pathOf));
  return world.opened.splice(0).filter((path) => paths.has(path));
}

function uris(some: readonly { readonly uri: string }[]): readonly string[] {
  return some.map(({ uri }) => uri);
}

describe("a run of verify", () => {
  it("reads what was never verified first, by URI, then what is bad, then what was verified longest ago", async () => {
    await fill(6);
    const [a, b, c, d, e, f] = records.map(({ id }) => String(id));
    rmSync(pathOf(records[3] as DocumentRecord));
    for (const ids of [[f], [e], [d]]) await world.verify(catalog, { ids: ids as string[] });
    await world.verify(catalog, { ids: [b as string] });
    const { results, summary } = await world.verify(catalog);
    const order = results.map(({ documents }) => String(documents[0]));
    // What is doubted is told when the store was looked at.
    expect(order.filter((id) => id !== d)).toEqual([a, c, f, e, b]);
    expect(order.indexOf(d as string)).toBeLessThan(order.indexOf(f as string));
    expect(summary).toMatchObject({ ok: 5, missing: 1, knownBad: 0, complete: true, left: 0, bytes: 40 });
    expect(summary?.oldest).toBe(results[0]?.checkedAt);
  });

  it("reads a blob of many rows once, and tells of all of them", async () => {
    const first = await world.ingest(catalog, "the same");
    const second = await world.ingest(catalog, "the same");
    await catalog.addVariant(first.id, {
      variant: "copy",
      storageUri: first.storageUri,
      bytes: 8,
      sha256: first.sha256,
    });
    records = [first];
    world.opened.length = 0;
    const { results } = await world.verify(catalog);
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({ documents: [first.id, second.id], variants: [1], result: "ok" });
    expect(read()).toHaveLength(1);
  });

  it("tells how far it is", async () => {
    await fill(40);
    const told: VerifyProgress[] = [];
    await world.verify(catalog, { onProgress: (progress) => told.push(progress) });
    expect(told).toHaveLength(2);
    expect(told[0]?.total).toBe(40);
    expect(told.at(-1)).toEqual({ done: 40, total: 40, bytes: 320 });
  });

  it("leaves out what was verified lately, and reads what is bad once a day", async () => {
    await fill(3);
    rmSync(pathOf(records[1] as DocumentRecord));
    await world.verify(catalog);
    read();
    const at = async (options: Parameters<typeof world.verify>[1]): Promise<unknown> => {
      const { results, summary } = await world.verify(catalog, options);
      return [results.length, summary?.knownBad];
    };
    for (const limit of [{ maxAgeMs: DAY_MS }, { sample: 1, maxAgeMs: DAY_MS }, { budget: {}, maxAgeMs: DAY_MS }]) {
      expect(await at(limit)).toEqual([0, 1]);
    }
    expect(read()).toEqual([]);
    expect(await at({ maxAgeMs: DAY_MS, recheck: true })).toEqual([1, 0]);
    expect(await at({})).toEqual([3, 0]);
    world.wait(DAY_MS + 1000);
    expect(await at({ maxAgeMs: 2 * DAY_MS })).toEqual([1, 0]);
    expect(await at({ maxAgeMs: DAY_MS })).toEqual([2, 1]);
  });

  it("draws among what is due", async () => {
    await fill(10);
    const { results, summary } = await world.verify(catalog, { sample: 0.25 });
    expect(results).toHaveLength(3);
    expect(summary).toMatchObject({ ok: 3, complete: true, left: 0 });
    expect((await world.verify(catalog, { maxAgeMs: DAY_MS })).results).toHaveLength(7);
  });

  it.each([
    { sample: 0 },
    { sample: 1.01 },
    { sample: Number.NaN },
    { jobs: 0 },
    { jobs: 1.5 },
    { maxAgeMs: -1 },
    { budget: { timeMs: -1 } },
    { budget: { bytes: Number.NaN } },
  ])("refuses %j", async (options) => {
    expect((await world.verify(catalog, options)).error).toBeInstanceOf(RangeError);
  });

  it("reads what is named in any case, with its variants", async () => {
    await fill(2);
    const [first, second] = records as [DocumentRecord, DocumentRecord];
    writeFileSync(`${world.folder}/v.txt`, "variant");
    const storageUri = `file://${world.folder}/v.txt`;
    await catalog.addVariant(first.id, { variant: "v", storageUri, bytes: 7, sha256: null });
    const inOrder = async (...ids: string[]): Promise<unknown> => uris((await world.verify(catalog, { ids })).results);
    expect(await inOrder(String(first.id))).toEqual([first.storageUri, storageUri]);
    expect(await inOrder(second.artifactId, first.sha256 ?? "", second.sourceUrl)).toEqual([
      second.storageUri,
      first.storageUri,
      storageUri,
    ]);
    expect((await world.verify(catalog, { ids: ["nothing"] })).error).toMatchObject({ code: "NOT_FOUND" });
    const named = await world.verify(catalog, { ids: [pathOf(second)], budget: { timeMs: 1000 } });
    expect(named.summary).toMatchObject({ ok: 1, knownBad: 0 });
  });

  it("takes the name of an artifact for that, also where hashes begin with it", async () => {
    const hashes = ["12341", "12342"].map((start) => start.padEnd(64, "0"));
    for (const sha256 of hashes) {
      const key = { artifactId: sha256, sourceUrl: "https://example.org/h", resolver: "test" };
      await catalog.registerOrGet({ ...key, bytes: 1, sha256, storageUri: `s3://papers/${sha256}` });
    }
    const { error } = await world.verify(catalog, { ids: ["1234"] });
    expect(error).toBeInstanceOf(RangeError);
    await world.ingest(catalog, "named", { artifactId: "1234" });
    expect((await world.verify(catalog, { ids: ["1234"] })).summary).toMatchObject({ ok: 1, unchecked: 0 });
    expect((await world.verify(catalog, { ids: ["12341"] })).summary).toMatchObject({ unchecked: 1 });
  });
});

describe("a budget", () => {
  it("of bytes is looked at before a blob is begun, one is always done, and the next run goes on", async () => {
    await fill(5);
    const counts: unknown[] = [];
    for (const bytes of [0, 8, 15, 16, 1000]) {
      const { results, summary } = await world.verify(catalog, { maxAgeMs: DAY_MS, budget: { bytes } });
      counts.push([results.length, summary?.complete, summary?.left]);
    }
    expect(counts).toEqual([
      [1, false, 4],
      [1, false, 3],
      [1, false, 2],
      [2, true, 0],
      [0, true, 0],
    ]);
    expect(read().length).toBe(5);
  });

  it("counts what was read, not what is on record", async () => {
    await fill(5);
    appendFileSync(pathOf(records[0] as DocumentRecord), "x".repeat(100));
    const { results, summary } = await world.verify(catalog, { budget: { bytes: 30, timeMs: DAY_MS } });
    expect([results.length, summary?.left]).toEqual([1, 4]);
  });

  it("of time is looked at before a blob is begun", async () => {
    await fill(5);
    world.before = (call) => {
      if (call === "read") world.wait(1000);
    };
    // Each blob takes some reads.
    const { results, summary } = await world.verify(catalog, { budget: { timeMs: 1 } });
    expect([results.length, summary?.left]).toEqual([1, 4]);
    expect(read()).toEqual([pathOf(records[0] as DocumentRecord)]);
  });
});

describe("a run that ends early", () => {
  it("loses nothing that was read, and the next one begins where it ended", async () => {
    await fill(100);
    for (let at = 1; at <= 4; at++) {
      const ending = new AbortController();
      let units = 0;
      const onProgress = (): void => {
        units += 1;
        if (units === at) ending.abort(new Error("enough"));
      };
      const options = { maxAgeMs: DAY_MS, signal: ending.signal };
      const first = await world.verify(catalog, { ...options, onProgress });
      expect(first.error).toEqual(at === 4 ? undefined : new Error("enough"));
      const read1 = read();
      const second = await world.verify(catalog, { maxAgeMs: DAY_MS });
      const both = [...uris(first.results), ...uris(second.results)];
      expect(new Set(both).size).toBe(100);
      expect(both).toHaveLength(100);
      const remembered = await world.sql("SELECT COUNT(*) FROM verifications");
      expect(remembered).toEqual([[100]]);
      expect(read1.length).toBeLessThanOrEqual(first.results.length + 32);
      expect(second.summary).toMatchObject({ ok: 100 - first.results.length, complete: true });
      world.wait(2 * DAY_MS);
      read();
    }
  });

  it("by who stops to listen remembers what was read", async () => {
    await fill(70);
    world.wait(5);
    for await (const { result } of catalog.verify()) {
      expect(result).toBe("ok");
      break;
    }
    const [[remembered] = []] = await world.sql("SELECT COUNT(*) FROM verifications");
    expect(Number(remembered)).toBeGreaterThan(0);
    const { results } = await world.verify(catalog, { maxAgeMs: DAY_MS });
    expect(results.length + Number(remembered)).toBe(70);
  });

  it("before it began says so", async () => {
    const signal = AbortSignal.abort(new Error("never"));
    expect((await world.verify(catalog, { signal })).error).toEqual(new Error("never"));
  });
});

describe("two runs at once", () => {
  /** Lets each lot be written as soon as there is something in it. */
  function hurry(): void {
    world.before = (call, path) => {
      if (call === "read" && path.startsWith(world.root)) world.wait(1000);
    };
  }

  it("skip what the other has done", async () => {
    await fill(160);
    const other = await world.open();
    hurry();
    world.wait(5);
    let second: readonly string[] | undefined;
    const first: string[] = [];
    for await (const { uri } of catalog.verify()) {
      first.push(uri);
      second ??= uris((await world.verify(other, { maxAgeMs: DAY_MS })).results);
    }
    const both = [...first, ...(second ?? [])];
    expect(new Set(both).size).toBe(160);
    // Both have what was under way when the other began.
    expect(read().length).toBeLessThanOrEqual(160 + 2 * 32);
    expect(await world.sql("SELECT COUNT(*) FROM verifications")).toEqual([[160]]);
  });

  it("count what the other found bad", async () => {
    await fill(64);
    const bad = records[63] as DocumentRecord;
    rmSync(pathOf(bad));
    const other = await world.open();
    let isFirst = true;
    world.before = async (call, path) => {
      if (call !== "open" || !isFirst || path !== pathOf(records[0] as DocumentRecord)) return;
      isFirst = false;
      await world.verify(other, { ids: [String(bad.id)] });
    };
    const { summary } = await world.verify(catalog);
    expect(summary).toMatchObject({ ok: 63, complete: true, left: 0 });
    expect((summary?.missing ?? 0) + (summary?.knownBad ?? 0)).toBe(1);
  });
});

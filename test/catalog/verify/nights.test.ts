import { rmSync, truncateSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { VerifyOptions } from "../../../src/catalog/verify/verify-options.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import { pathOf, VerifyWorld } from "./_verify-world.ts";

/** Runs with a budget, night after night: everything has its turn. The clock is one that the test sets. */

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

let world: VerifyWorld;
let catalog: Catalog;
let records: DocumentRecord[];

beforeEach(async () => {
  world = new VerifyWorld();
  catalog = await world.open();
  records = [];
});

afterEach(() => world.remove());

async function grow(count: number): Promise<void> {
  for (let n = 0; n < count; n++) records.push(await world.ingest(catalog, `text ${records.length}`));
}

/** Each file takes ten seconds: from when it is opened, or looked at where nothing is read. */
function takeTime(at: "open" | "lstat"): void {
  const blobs = new Set(records.map(pathOf));
  const seen = new Set<string>();
  world.before = (call, path) => {
    if (call !== at || !blobs.has(path) || seen.has(path)) return;
    seen.add(path);
    world.wait(10_000);
  };
}

/** One night: which documents were verified, and what is left. */
async function night(options: VerifyOptions): Promise<{ readonly ids: readonly number[]; readonly left: number }> {
  world.wait(DAY_MS);
  takeTime(options.quick === true ? "lstat" : "open");
  const { results, summary, error } = await world.verify(catalog, { budget: { timeMs: MINUTE_MS }, ...options });
  world.before = () => undefined;
  expect(error).toBeUndefined();
  expect(summary?.complete).toBe(summary?.left === 0);
  return { ids: results.flatMap(({ documents }) => documents), left: summary?.left ?? 0 };
}

/** How often each document comes in some nights. */
function countsOf(nights: readonly { readonly ids: readonly number[] }[]): readonly number[] {
  return records.map(({ id }) => nights.flatMap(({ ids }) => ids).filter((each) => each === id).length);
}

describe("a minute each night", () => {
  it("reads a growing archive, what is new first, and all of it again and again", async () => {
    await grow(12);
    rmSync(pathOf(records[3] as DocumentRecord));
    const nights: Awaited<ReturnType<typeof night>>[] = [];
    const run = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) {
        nights.push(await night({}));
        await grow(1);
      }
    };
    await run(3);
    expect(nights.map(({ ids, left }) => ids.length + left)).toEqual([12, 13, 14]);
    expect(Math.min(...countsOf(nights).slice(0, 12))).toBeGreaterThan(0);
    const before = nights.length;
    await run(6);
    // What came in the last night is for the next one; what is bad is looked at once a night, and no more.
    const counts = countsOf(nights.slice(before)).slice(0, -1);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(counts[3]).toBe(6);
    for (const { ids } of nights) expect(new Set(ids).size).toBe(ids.length);
    const oldest = await world.sql("SELECT MIN(checked_at) FROM verifications");
    expect(world.clock.now() - Date.parse(String(oldest[0]?.[0]))).toBeLessThan(6 * DAY_MS);
  });

  it("looks at the sizes of everything, also where the bytes were read before", async () => {
    await grow(14);
    await world.verify(catalog);
    const nights = [];
    for (let n = 0; n < 3; n++) nights.push(await night({ quick: true }));
    expect(countsOf(nights.slice(0, 2))).not.toContain(2);
    expect(countsOf(nights)).not.toContain(0);
  });

  it("looks at all sizes while there are also some of which nothing else is known, and some that are bad", async () => {
    await grow(16);
    await world.verify(catalog, { ids: records.slice(0, 8).map(({ id }) => String(id)) });
    for (const { id } of records.slice(0, 3)) {
      truncateSync(pathOf(records.find((each) => each.id === id) as DocumentRecord), 1);
    }
    await world.verify(catalog, { ids: records.slice(0, 3).map(({ id }) => String(id)) });
    const nights = [];
    for (let n = 0; n < 8; n++) {
      nights.push(await night({ quick: true }));
      await grow(1);
    }
    expect(Math.min(...countsOf(nights).slice(3, 16))).toBeGreaterThan(1);
    for (const { ids } of nights) expect(new Set(ids).size).toBe(ids.length);
  });

  it("goes on with sizes where a run was stopped, and begins anew where that is damaged", async () => {
    await grow(8);
    await world.verify(catalog);
    const seen: number[] = [];
    for (let n = 0; n < 4; n++) {
      const ending = new AbortController();
      const options = { quick: true, budget: { timeMs: DAY_MS }, signal: ending.signal };
      let done = 0;
      const onProgress = (): void => {
        done += 1;
        if (done === 2) ending.abort(new Error("enough"));
      };
      const { results, error } = await world.verify(catalog, { ...options, onProgress });
      expect(error).toEqual(new Error("enough"));
      seen.push(...results.flatMap(({ documents }) => documents));
    }
    expect(new Set(seen).size).toBe(8);
    expect(seen.slice(0, 8).length).toBe(new Set(seen.slice(0, 8)).size);
    await world.sql("UPDATE meta SET value = 'nonsense' WHERE key = 'quick_cycle'");
    expect((await world.verify(catalog, { quick: true })).summary).toMatchObject({ ok: 8, left: 0 });
  });
});

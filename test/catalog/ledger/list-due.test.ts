import { readFileSync } from "node:fs";
import initSqlJs from "sql.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  badRange,
  type DueRange,
  goodRange,
  inCycles,
  selectDueEntries,
  selectNeverVerified,
  selectNeverVerifiedRows,
  sizeRange,
} from "../../../src/catalog/ledger/due-statements.ts";
import { type BlobRows, findBlobRows } from "../../../src/catalog/ledger/expectations.ts";
import { selectUnnamed } from "../../../src/catalog/ledger/ledger-statements.ts";
import {
  countDue,
  countKnownBad,
  type DueOptions,
  findOldestCheck,
  listDue,
} from "../../../src/catalog/ledger/list-due.ts";
import { sampleDue, sampleSize } from "../../../src/catalog/ledger/sample-due.ts";
import type { SqlStatement } from "../../../src/ports/sql.ts";
import { DAY_MS, LedgerWorld, numberOf } from "./_ledger-world.ts";

let world: LedgerWorld;
beforeEach(async () => {
  world = await LedgerWorld.open();
});
afterEach(() => world.catalog.close());

const OPTIONS = { recheck: false, dailyForBad: false };
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** What is due, and what its rows say, where that is found at the same time. */
async function dueWithRows(options: DueOptions): Promise<readonly number[]> {
  const numbers: number[] = [];
  for await (const page of listDue(world, { ...options, withRows: true })) {
    const places = page.map(({ uri }) => uri);
    const known = page.filter(({ entry }) => entry === null).map(({ rows }) => rows);
    expect(known).toEqual(known.length === 0 ? [] : [...(await findBlobRows(world.sql, places)).values()].sort(byUri));
    numbers.push(...places.map(numberOf));
  }
  return numbers;
}

const byUri = (one: BlobRows, other: BlobRows): number => (one.uri < other.uri ? -1 : 1);

/** As many as are counted. */
async function due(change: Partial<DueOptions> = {}): Promise<readonly number[]> {
  const options = { startedAt: world.now(), ...OPTIONS, ...change };
  const found = await world.due(options);
  expect(await countDue(world, options)).toEqual({ blobs: found.length });
  expect(await dueWithRows(options)).toEqual(found);
  return found;
}

describe("what is due", () => {
  it("is nothing where nothing is", async () => {
    expect(await due()).toEqual([]);
    expect(await findOldestCheck(world)).toBe(null);
    expect(await countKnownBad(world, world.now())).toBe(0);
  });

  it("begins with what was never verified, then what is bad, longest first, then what was verified longest ago", async () => {
    await world.register(range(1, 8));
    await world.catalog.addVariant(1, { variant: "html", storageUri: "file:///data/0.pdf", bytes: null });
    await world.record(world.missing(7));
    world.elapsedMs += DAY_MS;
    await world.record(world.verified(4), world.missing(2));
    world.elapsedMs += DAY_MS;
    await world.record(world.verified(3));
    // What was bad first may have been looked at last.
    await world.record(world.missing(7));
    world.elapsedMs += 1;
    expect(await due()).toEqual([0, 1, 5, 6, 8, 7, 2, 4, 3]);
    expect(await findOldestCheck(world)).toBe(world.now(-1).replace(".001Z", ".000Z"));
  });

  it("has a blob of many rows once", async () => {
    await world.register([1, 2]);
    await world.register([1, 2], { resolver: "another" });
    await world.catalog.addVariant(1, { variant: "html", storageUri: "file:///data/2.pdf", bytes: null });
    expect(await due()).toEqual([1, 2]);
  });

  it("is what was not verified for so long, and what was never", async () => {
    await world.register(range(1, 4));
    await world.record(world.verified(1));
    world.elapsedMs += 10 * DAY_MS;
    await world.record(world.verified(2), world.missing(3));
    world.elapsedMs += 1;
    expect(await due({ maxAgeMs: 9 * DAY_MS })).toEqual([4, 3, 1]);
    expect(await due({ maxAgeMs: 9 * DAY_MS, dailyForBad: true })).toEqual([4, 1]);
    expect(await due({ maxAgeMs: 11 * DAY_MS, dailyForBad: true })).toEqual([4]);
    expect(await due({ maxAgeMs: 1e18, dailyForBad: true })).toEqual([4]);
    await world.record(world.verified(4));
    expect(await due({ maxAgeMs: 11 * DAY_MS, dailyForBad: true })).toEqual([]);
  });

  it("has what is bad once a day where that is wanted", async () => {
    await world.register([1, 2]);
    await world.record(world.missing(1), world.missing(2));
    world.elapsedMs += DAY_MS - 1000;
    expect(await due({ dailyForBad: true })).toEqual([]);
    expect(await due({ dailyForBad: true, recheck: true })).toEqual([1, 2]);
    expect(await due()).toEqual([1, 2]);
    await world.record(world.missing(2));
    world.elapsedMs += 2000;
    expect(await due({ dailyForBad: true })).toEqual([1]);
    expect(await countKnownBad(world, world.now())).toBe(2);
    expect(await countKnownBad(world, world.now(-0.5))).toBe(1);
  });

  it("is none of what the run itself has verified, in pages that are read when they are asked for", async () => {
    await world.register(range(1, 700));
    const verified = range(1, 700).filter((n) => n % 2 === 0);
    await world.record(...verified.map((n) => (n % 10 === 0 ? world.missing(n) : world.verified(n))));
    world.elapsedMs += DAY_MS;
    const options = { startedAt: world.now(), ...OPTIONS };
    const seen: number[] = [];
    for await (const page of listDue(world, options)) {
      expect(page.length).toBeLessThanOrEqual(256);
      seen.push(...page.map(({ uri }) => numberOf(uri)));
      world.elapsedMs += 1;
      // Some are found bad now, and some good again.
      await world.record(
        ...page.map(({ uri }, at) => (at % 3 === 0 ? world.missing(numberOf(uri)) : world.verified(numberOf(uri)))),
      );
      const left = await countDue(world, options);
      expect(left.blobs).toBe(700 - seen.length);
    }
    expect(seen.length).toBe(700);
    expect(new Set(seen).size).toBe(700);
  });

  it("comes with what is remembered of each", async () => {
    await world.register([1, 2, 3]);
    await world.record(world.verified(1), world.missing(2));
    world.elapsedMs += 1;
    const found = [];
    for await (const page of listDue(world, { startedAt: world.now(), ...OPTIONS })) found.push(...page);
    expect(found.map(({ entry }) => entry && [entry.result, entry.reason])).toEqual([
      null,
      ["missing", "gone"],
      ["ok", null],
    ]);
  });
});

describe("where a clock was ahead", () => {
  it("is due what was verified tomorrow or later, before what was verified longest ago", async () => {
    await world.register(range(1, 5));
    world.elapsedMs += 400 * DAY_MS;
    await world.record(world.verified(1), world.missing(2), world.verified(3, { strength: "size" }));
    world.elapsedMs -= 400 * DAY_MS;
    await world.record(world.verified(4), world.missing(5));
    world.elapsedMs += 1;
    expect(await due()).toEqual([5, 2, 1, 3, 4]);
    expect(await due({ maxAgeMs: 30 * DAY_MS, dailyForBad: true, quick: true })).toEqual([2, 1, 3]);
    await world.record(...[1, 2, 3].map((n) => world.verified(n)));
    expect(await due({ maxAgeMs: 30 * DAY_MS, dailyForBad: true })).toEqual([]);
  });
});

describe("what only a size is known of", () => {
  beforeEach(async () => {
    await world.register([1, 2, 3]);
    await world.record(world.verified(2), world.verified(3));
    world.elapsedMs += DAY_MS;
    await world.record(world.verified(1, { strength: "size" }));
    world.elapsedMs += 1;
  });

  it("is due however young that knowledge is, and before what was compared in full", async () => {
    expect(await due()).toEqual([1, 2, 3]);
    expect(await due({ maxAgeMs: 30 * DAY_MS })).toEqual([1]);
  });

  it("is as good as any other where only sizes are compared", async () => {
    expect(await due({ quick: true })).toEqual([2, 3, 1]);
    expect(await due({ quick: true, maxAgeMs: DAY_MS / 2 })).toEqual([2, 3]);
  });
});

describe("what other tools wrote", () => {
  it("is left out where it is no place, and is due where it says nothing", async () => {
    await world.register([1, 2]);
    const insert =
      "INSERT INTO documents (artifact_id, source_url, resolver, bytes, storage_uri, created_at, updated_at)";
    await world.run(
      `${insert} VALUES ('a', 'b', 'c', 1, X'0102', 'now', 'now')`,
      { sql: `${insert} VALUES ('d', 'e', 'f', 1, ?, 'now', 'now')`, parameters: [`file:///${"x".repeat(70_000)}`] },
      `INSERT INTO verifications (uri, result, strength, checked_at) VALUES ('file:///data/2.pdf', 'ok', 'full', 'before')`,
    );
    const all = [];
    for await (const page of listDue(world, { startedAt: world.now(), ...OPTIONS })) all.push(...page);
    expect(all).toEqual([
      { uri: "file:///data/1.pdf", entry: null },
      { uri: "file:///data/2.pdf", entry: null },
    ]);
    expect(await findOldestCheck(world)).toBe(null);
  });
});

describe("a sample", () => {
  const draw = async (share: number, seed: string): Promise<readonly number[]> => {
    const options = { startedAt: world.now(), ...OPTIONS };
    const { blobs } = await countDue(world, options);
    const entropy = { nonce: () => seed.repeat(32) };
    const drawn: number[] = [];
    for await (const page of sampleDue({ sql: world.sql, entropy }, { ...options, blobs, share })) {
      drawn.push(...page.map(({ uri }) => numberOf(uri)));
    }
    return drawn;
  };

  it("has its share of what is due, from all parts of it, in the order in which it is due", async () => {
    await world.register(range(1, 600));
    await world.record(...range(1, 300).map((n) => world.verified(n)));
    world.elapsedMs += 1;
    const drawn = await draw(0.1, "a");
    expect(drawn.length).toBe(60);
    expect(new Set(drawn).size).toBe(60);
    const all = await world.due();
    expect(drawn).toEqual(all.filter((n) => drawn.includes(n)));
    const old = drawn.filter((n) => n <= 300).length;
    expect(old).toBeGreaterThan(15);
    expect(old).toBeLessThan(45);
    expect(await draw(0.1, "a")).toEqual(drawn);
    expect(await draw(0.1, "b")).not.toEqual(drawn);
    expect(await draw(1, "a")).toEqual(all);
  });

  it("ends where others have verified meanwhile what it was to be drawn from", async () => {
    await world.register([1, 2, 3]);
    const options = { startedAt: world.now(), ...OPTIONS, blobs: 10, share: 1 };
    const entropy = { nonce: () => "5".repeat(32) };
    const drawn = [];
    for await (const page of sampleDue({ sql: world.sql, entropy }, options)) drawn.push(...page);
    expect(drawn.length).toBe(3);
    const few = [];
    for await (const page of sampleDue({ sql: world.sql, entropy }, { ...options, blobs: 1000, share: 0.001 }))
      few.push(...page);
    expect(few.length).toBe(0);
  });

  it("has one at least, and none where nothing is due", async () => {
    expect(await draw(0.05, "a")).toEqual([]);
    await world.register([1, 2, 3]);
    expect((await draw(0.01, "a")).length).toBe(1);
    expect(sampleSize({ blobs: 3, share: 0.5 })).toBe(2);
    expect(sampleSize({ blobs: 0, share: 0.5 })).toBe(0);
  });
});

describe("the plan of each query", () => {
  const times = { before: "b", after: "a" } as never;
  const ranges: readonly (readonly [string, DueRange, string])[] = [
    ["bad", badRange(times), "verifications_bad_since"],
    ["ahead", goodRange(">", { time: "a" as never, quick: false }), "verifications_checked_at"],
    ["size", sizeRange(times), "verifications_by_size"],
    ["oldest", goodRange("<", { time: "a" as never, quick: true }), "verifications_checked_at"],
    ["bad, by size", badRange(times, "as_much"), "verifications_bad_since"],
    ...inCycles(
      goodRange("<", { time: "a" as never, quick: true }),
      { since: "b" as never, position: ["c", 1] },
      "d" as never,
    ).map((each, at): [string, DueRange, string] => [`left of cycle ${at}`, each, "verifications_checked_at"]),
  ];

  async function explain({ sql, parameters = [] }: SqlStatement): Promise<string> {
    const sqljs = await initSqlJs();
    const database = new sqljs.Database();
    for (const name of ["0001_documents", "0002_claims", "0003_collection", "0004_verification"]) {
      database.exec(readFileSync(`schema/${name}.sql`, "utf8"));
    }
    const [result] = database.exec(`EXPLAIN QUERY PLAN ${sql}`, [...parameters]);
    database.close();
    return (result?.values ?? []).map(([, , , detail]) => String(detail)).join("\n");
  }

  it.each(ranges)("of what is %s reads one index and sorts nothing", async (_, each, index) => {
    const plan = await explain(selectDueEntries(each, ["", 0], 256));
    expect(plan).toContain(`SEARCH verifications USING INDEX ${index}`);
    expect(plan).toContain("SEARCH incidents USING INDEX incidents_open");
    expect(plan).not.toMatch(/TEMP B-TREE|SCAN /);
  });

  it("of what was never verified, and of what no row names, compares indexes and sorts nothing", async () => {
    for (const statement of [selectNeverVerified("", 256), selectUnnamed("", 256)]) {
      const plan = await explain(statement);
      expect(plan.match(/USING COVERING INDEX/g)?.length).toBe(3);
      expect(plan).not.toMatch(/TEMP B-TREE|SCAN /);
    }
  });

  it("of what rows say of a page goes through the page and finds each row by its place", async () => {
    const plan = await explain(selectNeverVerifiedRows("", 256));
    expect(plan.match(/SEARCH (?:documents|variants) USING INDEX \w+ \(storage_uri=\?\)/g)?.length).toBe(2);
    expect(plan.match(/SCAN \w+/g)).toEqual(["SCAN due", "SCAN due"]);
  });

  it("of a count reads indexes", async () => {
    expect(await explain(goodRange("<", { time: "a" as never, quick: false }).count)).not.toMatch(/SCAN verif/);
  });
});

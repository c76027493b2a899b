import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chooseForTest, isWhole, roundsOf, SEED, sampleOf, tryCases } from "./sampling.ts";

/** The cases that are tried of so many. */
async function triedOf(count: number, options: Parameters<typeof tryCases>[0]): Promise<readonly number[]> {
  const tried: number[] = [];
  await tryCases(options, async (number) => {
    tried.push(number);
    return number < (options.from ?? 0) + count;
  });
  return tried.filter((number) => number < (options.from ?? 0) + count);
}

beforeEach(() => vi.stubEnv("SWEEP_STRIDE", undefined));

afterEach(() => vi.unstubAllEnvs());

describe("a sample of numbered cases", () => {
  it.each([1, 2, 3, 4, 5])("has one in four of them, whichever the seed says: turn %i", async () => {
    const tried = await triedOf(20, { every: 4, from: 1 });
    expect(tried).toHaveLength(5);
    expect(tried.map((number) => number - (tried[0] ?? 0))).toEqual([0, 4, 8, 12, 16]);
    expect(tried[0]).toBeGreaterThan(0);
    expect(tried[0]).toBeLessThan(5);
  });

  it("has one even of few, and none of none", async () => {
    expect(await triedOf(1, { every: 1000 })).toEqual([0]);
    expect(await triedOf(0, { every: 1000, from: 1 })).toEqual([]);
    expect(await tryCases({ every: 1000, from: 1 }, async () => false)).toBe(1);
  });

  it("has all of them in the whole form, and tells how many there are", async () => {
    vi.stubEnv("SWEEP_STRIDE", "1");
    expect(await triedOf(5, { every: 4 })).toEqual([0, 1, 2, 3, 4]);
    expect(await tryCases({ every: 4 }, async (number) => number < 5)).toBe(5);
  });

  it("names the case that fails, and the seed", async () => {
    vi.stubEnv("SWEEP_STRIDE", "1");
    const trying = tryCases({ every: 4 }, async (number) => {
      expect(number).not.toBe(3);
      return true;
    });
    await expect(trying).rejects.toThrow(`Case 3 of seed ${SEED}: expected 3 not to be 3`);
  });
});

describe("a sample of cases", () => {
  const CASES = Array.from({ length: 10 }, (_, index) => `case ${index}`);
  const options = { variable: "CASES_OF_THIS_TEST", few: 3 };

  it("has a few in their order, the same for the same seed, and others elsewhere", () => {
    vi.stubEnv("CASES_OF_THIS_TEST", undefined);
    const samples = Array.from({ length: 200 }, (_, index) => sampleOf(CASES, { ...options, of: `suite ${index}` }));
    for (const [index, sample] of samples.entries()) {
      expect(sample).toHaveLength(3);
      expect(sample).toEqual(CASES.filter((each) => sample.includes(each)));
      expect(sampleOf(CASES, { ...options, of: `suite ${index}` })).toEqual(sample);
    }
    expect(new Set(samples.flat())).toEqual(new Set(CASES));
    expect(sampleOf(CASES.slice(0, 2), { ...options, of: "fewer" })).toEqual(CASES.slice(0, 2));
  });

  it("is all of them in the whole form", () => {
    vi.stubEnv("CASES_OF_THIS_TEST", "1");
    expect(sampleOf(CASES, { ...options, of: "suite" })).toEqual(CASES);
  });
});

describe("what the seed chooses", () => {
  const chosen: number[] = [];

  it.each(["one", "other"])("is something else for each test: %s", () => {
    chosen.push(chooseForTest(2 ** 31));
    expect(chosen.slice(0, -1)).not.toContain(chosen.at(-1));
  });
});

describe("rounds", () => {
  it("are few, or as many as a variable says", () => {
    vi.stubEnv("ROUNDS_OF_THIS_TEST", undefined);
    expect([roundsOf("ROUNDS_OF_THIS_TEST", 3), isWhole("ROUNDS_OF_THIS_TEST")]).toEqual([3, false]);
    vi.stubEnv("ROUNDS_OF_THIS_TEST", "70");
    expect([roundsOf("ROUNDS_OF_THIS_TEST", 3), isWhole("ROUNDS_OF_THIS_TEST")]).toEqual([70, true]);
  });
});

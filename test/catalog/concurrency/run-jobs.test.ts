import { describe, expect, it } from "vitest";
import { runJobs } from "../../../src/catalog/concurrency/run-jobs.ts";

const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

describe("runJobs", () => {
  it.each([1, 3, 50])("keeps the order with %i jobs at once at most", async (jobs) => {
    const items = Array.from({ length: 20 }, (_, index) => index);
    let running = 0;
    let most = 0;
    const work = async (item: number): Promise<number> => {
      most = Math.max(most, ++running);
      for (let wait = 0; wait <= (item * 7) % 5; wait++) await pause();
      running--;
      return item * 2;
    };
    expect(await runJobs(items, { jobs, work })).toEqual(items.map((item) => item * 2));
    expect(most).toBe(Math.min(jobs, 20));
  });

  it("does nothing for nothing", async () => {
    expect(await runJobs([], { jobs: 4, work: pause })).toEqual([]);
  });

  it("throws the first error when all that runs has ended, and begins nothing more", async () => {
    const begun: number[] = [];
    let ended = 0;
    const work = async (item: number): Promise<void> => {
      begun.push(item);
      await pause();
      if (item === 1) throw new Error("first");
      await pause();
      ended++;
      if (item === 2) throw new Error("second");
    };
    await expect(runJobs([0, 1, 2, 3, 4, 5, 6, 7], { jobs: 3, work })).rejects.toThrow("first");
    expect(begun).toEqual([0, 1, 2]);
    expect(ended).toBe(2);
  });
});

import { describe, expect, it } from "vitest";
import { dealOut, JOB_BYTES, JOB_FILES } from "../../../src/adapters/digest/deal-out.ts";
import type { DigestRequest } from "../../../src/ports/digest-pool.ts";

function requests(...sizes: readonly number[]): readonly DigestRequest[] {
  return sizes.map((sizeBytes, at) => ({ path: `/${at}`, followSymlinks: false, sizeBytes }));
}

function sizesOf(jobs: readonly (readonly DigestRequest[])[]): readonly (readonly number[])[] {
  return jobs.map((job) => job.map(({ sizeBytes }) => sizeBytes));
}

describe("jobs", () => {
  it("have so many files at most", () => {
    const files = requests(...Array.from({ length: 2 * JOB_FILES + 1 }, () => 1));
    const jobs = dealOut(files);
    expect(jobs.map((job) => job.length)).toEqual([JOB_FILES, JOB_FILES, 1]);
    expect(jobs.flat()).toEqual(files);
    expect(dealOut([])).toEqual([]);
  });

  it("have so many bytes at most, unless it is one file", () => {
    const half = JOB_BYTES / 2;
    expect(sizesOf(dealOut(requests(half, half, 1)))).toEqual([[half, half], [1]]);
    const large = 100 * JOB_BYTES;
    expect(sizesOf(dealOut(requests(large, 1, large, large, 1, 2)))).toEqual([[large], [1], [large], [large], [1, 2]]);
  });
});

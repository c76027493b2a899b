import { expect, it } from "vitest";
import { formatPolicy } from "../../../src/core/retention/format-policy.ts";
import type { CompletePolicy } from "../../../src/core/retention/policy.ts";

const DAY_MS = 86_400_000;
const BASE = { minAgeMs: 7 * DAY_MS, keepCopies: 1 };

it.each<[Partial<CompletePolicy>, string]>([
  [{ olderThanMs: 90 * DAY_MS }, "--older-than 90d --keep-copies 1"],
  [{ olderThanMs: 36 * 3_600_000, keepLast: 3 }, "--older-than 36h --keep-last 3 --keep-copies 1"],
  [{ olderThanMs: 90_000 }, "--older-than 90s --keep-copies 1"],
  [{ olderThanMs: 1500 }, "--older-than 1.5s --keep-copies 1"],
  [{ olderThanMs: 0 }, "--older-than 0s --keep-copies 1"],
  [{ olderThanMs: 120_000, keepCopies: 0 }, "--older-than 2m --keep-copies 0"],
  [{ maxTotalBytes: 10 * 1024 ** 3 }, "--max-total-size 10GiB --min-age 7d --keep-copies 1"],
  [{ maxTotalBytes: 1000, maxFiles: 5 }, "--max-total-size 1000 --max-files 5 --min-age 7d --keep-copies 1"],
  [{ minFreeBytes: 3 * 1024 ** 2, minAgeMs: 0 }, "--min-free 3MiB --min-age 0s --keep-copies 1"],
  [
    { keepLast: 1, resolvers: ["arxiv", "a b"], contentTypes: ["application/pdf"], runIds: ["x\ny"] },
    '--keep-last 1 --resolver arxiv --resolver "a b" --content-type application/pdf --run-id "x\\ny" --keep-copies 1',
  ],
])("says %j as the command line would", (policy, text) => {
  expect(formatPolicy({ ...BASE, ...policy })).toBe(text);
});

it("names no more of a list than people read", () => {
  const runIds = Array.from({ length: 25 }, (_, n) => `r${n}`);
  expect(formatPolicy({ ...BASE, keepLast: 1, runIds })).toMatch(/--run-id r19 --run-id \(5 more\) --keep-copies 1$/);
});

import { describe, expect, test } from "vitest";
import { completePolicy } from "../../../src/core/retention/complete-policy.ts";
import type { RetentionPolicy } from "../../../src/core/retention/policy.ts";

const DAY = 86_400_000;
const DEFAULTS = { retentionDays: 0, keepCopies: 1 };

describe("a policy is completed", () => {
  test("by seven days for caps, and by the copies of the settings", () => {
    expect(completePolicy({ maxFiles: 3 }, { retentionDays: 5, keepCopies: 2 })).toEqual({
      maxFiles: 3,
      minAgeMs: 7 * DAY,
      keepCopies: 2,
    });
    expect(completePolicy({ maxFiles: 3, minAgeMs: 0, keepCopies: 0 }, DEFAULTS)).toEqual({
      maxFiles: 3,
      minAgeMs: 0,
      keepCopies: 0,
    });
  });

  test("by retention_days where it has no rule and no cap", () => {
    const narrowed = completePolicy({ resolvers: ["a"] }, { retentionDays: 30, keepCopies: 1 });
    expect(narrowed).toMatchObject({ olderThanMs: 30 * DAY, resolvers: ["a"] });
    expect(completePolicy({}, { retentionDays: 0.5, keepCopies: 1 })).toMatchObject({ olderThanMs: DAY / 2 });
    expect(completePolicy({ keepLast: 1 }, { retentionDays: 30, keepCopies: 1 })).not.toHaveProperty("olderThanMs");
  });

  test.each<RetentionPolicy>([{}, { keepCopies: 0 }, { runIds: ["r"] }])("to nothing to go by: %j", (policy) => {
    expect(completePolicy(policy, DEFAULTS)).toBeUndefined();
  });

  test("with each name once, and media types as rows have them", () => {
    const policy = {
      keepLast: 1,
      resolvers: ["A", "A", "b"],
      contentTypes: [" Text/HTML", "text/html"],
      runIds: ["r"],
    };
    expect(completePolicy(policy, DEFAULTS)).toMatchObject({
      resolvers: ["A", "b"],
      contentTypes: ["text/html"],
      runIds: ["r"],
    });
  });
});

describe("a policy is refused", () => {
  test.each<[RetentionPolicy, string]>([
    [{ keepLast: -1 }, "Cannot use keepLast -1: expected a whole number from 0"],
    [{ maxTotalBytes: -5 }, "Cannot use maxTotalBytes -5: expected a whole number from 0"],
    [{ maxFiles: 1.5 }, "Cannot use maxFiles 1.5: expected a whole number from 0"],
    [{ minFreeBytes: 2 ** 53 }, "Cannot use minFreeBytes 9007199254740992: expected a whole number from 0"],
    [{ keepCopies: Number.NaN }, "Cannot use keepCopies NaN: expected a whole number from 0"],
    [{ olderThanMs: -1 }, "Cannot use olderThanMs -1: expected a number of milliseconds from 0"],
    [{ maxFiles: 1, minAgeMs: Number.POSITIVE_INFINITY }, "Cannot use minAgeMs Infinity: expected a number of"],
  ])("for a number that cannot be: %j", (policy, message) => {
    expect(() => completePolicy(policy, DEFAULTS)).toThrow(RangeError);
    expect(() => completePolicy(policy, DEFAULTS)).toThrow(message);
  });

  test.each<[RetentionPolicy, string]>([
    [{ keepLast: 1, resolvers: [] }, "Cannot use resolvers: expected at least one name"],
    [{ keepLast: 1, contentTypes: [" "] }, 'Cannot use contentTypes with " ": expected a name'],
  ])("for a list without names: %j", (policy, message) => {
    expect(() => completePolicy(policy, DEFAULTS)).toThrow(TypeError);
    expect(() => completePolicy(policy, DEFAULTS)).toThrow(message);
  });

  test("for an age of caps without a cap, which would protect nothing", () => {
    const policy = { olderThanMs: DAY, minAgeMs: 30 * DAY };
    expect(() => completePolicy(policy, DEFAULTS)).toThrow(
      "Cannot use minAgeMs: only caps go by it, and there is none",
    );
  });

  test("for a cap to which a rule leaves nothing", () => {
    const policy = { olderThanMs: DAY, maxFiles: 1 };
    expect(() => completePolicy(policy, DEFAULTS)).toThrow(
      "Cannot use minAgeMs: a cap takes nothing younger than 604800000 ms, and nothing older than 86400000 ms is left",
    );
    expect(completePolicy({ ...policy, keepLast: 1 }, DEFAULTS)).toMatchObject({ minAgeMs: 7 * DAY });
    expect(completePolicy({ ...policy, minAgeMs: DAY }, DEFAULTS)).toMatchObject({ minAgeMs: DAY });
  });
});

import { describe, expect, test } from "vitest";
import { orderByTime } from "../../../src/core/retention/time-order.ts";

const FAR = Date.parse("9999-12-31T23:59:59.999Z");
const EARLY = Date.parse("0001-01-01T00:00:00.000Z");

describe("rows are ordered by time", () => {
  test("those with one time by their place, and those without one not at all", () => {
    const times = [5, Number.NaN, 3, 5, FAR, EARLY, 3, Number.NaN, -8192, 8191, 8192, FAR - 1];
    const order = orderByTime(Float64Array.from(times));
    expect([...order]).toEqual([5, 8, 2, 6, 0, 3, 9, 10, 11, 4]);
  });

  test.each([[[]], [[1]], [[1, 1, 2]], [[Number.NaN]]])("also where there is nothing to do: %j", (times) => {
    const expected = [...times.keys()].filter((row) => !Number.isNaN(times[row]));
    expect([...orderByTime(Float64Array.from(times))]).toEqual(expected);
  });
});

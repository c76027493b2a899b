import { describe, expect, it } from "vitest";
import {
  formatCount,
  formatDuration,
  formatExactSize,
  formatHash,
  formatSize,
  formatTime,
} from "../../../src/cli/output/human-text.ts";

describe("formatSize", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1_572_864, "1.5 MiB"],
    [1024 * 1024 - 1, "1.0 MiB"],
    [2 ** 40, "1.0 TiB"],
    [2 ** 53 - 1, "8.0 PiB"],
    [2 ** 60, "1024.0 PiB"],
  ])("writes %i", (sizeBytes, text) => {
    expect(formatSize(sizeBytes)).toBe(text);
  });

  it("adds the exact size where it says more", () => {
    expect([formatExactSize(5), formatExactSize(2048)]).toEqual(["5 B", "2.0 KiB (2048 bytes)"]);
  });
});

it("writes times, hashes and counts for people", () => {
  expect(formatTime("2025-01-31T12:00:00.123Z")).toBe("2025-01-31 12:00:00Z");
  expect(formatHash(null, false)).toBe("-");
  expect(formatHash("0123456789abcdef", false)).toBe("0123456789ab");
  expect(formatHash("0123456789abcdef", true)).toBe("0123456789abcdef");
  expect([formatCount(1, "group"), formatCount(0, "group")]).toEqual(["1 group", "0 groups"]);
});

it.each([
  [5.4, "5s"],
  [59.6, "1m00s"],
  [125, "2m05s"],
  [3725, "1h02m"],
  [-1, "0s"],
  [1e7, "2777h46m"],
  [1e7 + 1, "?"],
  [Number.NaN, "?"],
  [Number.POSITIVE_INFINITY, "?"],
])("writes the duration %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

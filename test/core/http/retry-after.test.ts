import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "../../../src/core/http/retry-after.ts";

const NOW = Date.UTC(2026, 10, 28, 12, 0, 0);

describe("parseRetryAfter", () => {
  it.each([
    ["0", 0],
    [" 30 ", 30_000],
    ["86400", 86_400_000],
    ["Sat, 28 Nov 2026 12:00:30 GMT", 30_000],
    ["Saturday, 28-Nov-26 12:00:30 GMT", 30_000],
    ["Sat Nov 28 12:00:30 2026 GMT", 30_000],
    ["Sat, 28 Nov 2026 11:00:00 GMT", 0],
  ])("takes %s for %i milliseconds", (header, durationMs) => {
    expect(parseRetryAfter(header, NOW)).toBe(durationMs);
  });

  it.each([undefined, "", "soon", "-1", "1.5", "2026-11-28", "Sat, when it is done", "1e3"])(
    "makes nothing of %s",
    (header) => {
      expect(parseRetryAfter(header, NOW)).toBeUndefined();
    },
  );
});

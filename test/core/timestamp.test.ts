import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatTimestamp,
  isRealTimestamp,
  parseDurationMs,
  parseMoment,
  parseMomentAhead,
  parseTimestamp,
  type Timestamp,
} from "../../src/core/timestamp.ts";

describe("parseTimestamp", () => {
  it.each([
    ["2025-01-31T12:00:00Z", "2025-01-31T12:00:00.000Z"],
    ["2025-01-31T12:00:00.1239Z", "2025-01-31T12:00:00.123Z"],
    ["2025-01-31t12:00:00,5z", "2025-01-31T12:00:00.500Z"],
    ["2025-01-31 12:00", "2025-01-31T12:00:00.000Z"],
    ["2025-01-31T12:00:00+02:00", "2025-01-31T10:00:00.000Z"],
    ["2025-01-31T23:30:00-0130", "2025-02-01T01:00:00.000Z"],
    ["2025-01-31", "2025-01-31T00:00:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
  ])("normalises %s", (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected);
  });

  it.each(["", "yesterday", "2025-02-30", "2025-13-01", "2025-01-01T25:00:00Z", "2025-01-01T00:61:00Z", "1735689600"])(
    "refuses %j",
    (text) => {
      expect(() => parseTimestamp(text)).toThrow(SyntaxError);
      expect(() => parseTimestamp(text)).toThrow("expected RFC 3339");
    },
  );

  it("reads the plain form like any other", () => {
    const part = (max: number) => fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, "0"));
    fc.assert(
      fc.property(fc.tuple(part(13), part(32), part(25), part(61), part(61)), ([month, day, hour, minute, second]) => {
        const text = `2023-${month}-${day}T${hour}:${minute}:${second}`;
        const read = (zone: string): string => {
          try {
            return parseTimestamp(text + zone);
          } catch {
            return "refused";
          }
        };
        expect(read("Z")).toBe(read("+00:00"));
      }),
      { numRuns: 2000 },
    );
  });

  it("takes dates and milliseconds", () => {
    expect(parseTimestamp(new Date(0))).toBe("1970-01-01T00:00:00.000Z");
    expect(parseTimestamp(1)).toBe("1970-01-01T00:00:00.001Z");
    expect(() => parseTimestamp(Number.NaN)).toThrow(RangeError);
  });

  it("gives texts that sort by time", () => {
    const moment = fc.integer({ min: Date.UTC(0, 0, 1), max: Date.UTC(9999, 11, 31) });
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        expect(formatTimestamp(a) < formatTimestamp(b)).toBe(a < b);
        expect(parseTimestamp(formatTimestamp(a))).toBe(formatTimestamp(a));
      }),
    );
  });
});

describe("formatTimestamp", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Date.UTC(10_000, 0, 1), -1e14, 9e15])("refuses %s", (epochMs) => {
    expect(() => formatTimestamp(epochMs)).toThrow(RangeError);
  });
});

describe("parseDurationMs", () => {
  it.each([
    ["45s", 45_000],
    ["90m", 5_400_000],
    ["12h", 43_200_000],
    ["30d", 2_592_000_000],
    ["2 W", 1_209_600_000],
    ["1y", 31_557_600_000],
    ["1.5d", 129_600_000],
  ])("reads %s", (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });

  it.each(["", "30", "d", "-1d", "3 weeks"])("refuses %j", (text) => {
    expect(() => parseDurationMs(text)).toThrow('like "30d"');
  });
});

describe("parseMoment", () => {
  it("takes a date or a span before now", () => {
    const now = Date.UTC(2025, 0, 31);
    expect(parseMoment("30d", now)).toBe("2025-01-01T00:00:00.000Z");
    expect(parseMoment("2024-06-01", now)).toBe("2024-06-01T00:00:00.000Z");
    expect(() => parseMoment("soon", now)).toThrow(SyntaxError);
  });
});

describe("parseMomentAhead", () => {
  it("takes a date or a span after now", () => {
    const now = Date.UTC(2025, 0, 1);
    expect(parseMomentAhead("30d", now)).toBe("2025-01-31T00:00:00.000Z");
    expect(parseMomentAhead("2027-06-01", now)).toBe("2027-06-01T00:00:00.000Z");
    expect(() => parseMomentAhead("soon", now)).toThrow(SyntaxError);
    expect(() => parseMomentAhead("9999y", now)).toThrow(RangeError);
  });
});

describe("isRealTimestamp", () => {
  it("knows how many days each month has", () => {
    const days = ["2026-02-28", "2026-02-29", "2028-02-29", "2026-04-30", "2026-04-31", "2026-12-31"];
    const real = days.map((day) => isRealTimestamp(`${day}T12:00:00.000Z` as Timestamp));
    expect(real).toEqual([true, false, true, true, false, true]);
  });
});

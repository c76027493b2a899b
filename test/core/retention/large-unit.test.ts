import { describe, expect, test } from "vitest";
import { decideRetention, REASONS } from "../../../src/core/retention/decide.ts";
import { BLOB_STATES, type RetentionInput } from "../../../src/core/retention/retention-rows.ts";

const ROWS = 100_000;
const NOW = Date.parse("2026-06-01T00:00:00.000Z");
const POLICY = { olderThanMs: 0, keepCopies: 3, minAgeMs: 0 };

/** One artifact, of which each row names a blob of its own, not in the order of time. */
function largeUnit(): RetentionInput {
  const numbers = Int32Array.from({ length: ROWS }, (_, row) => row);
  return {
    rows: {
      size: ROWS,
      ids: Float64Array.from(numbers),
      createdMs: Float64Array.from(numbers, (row) => NOW - 1 - ((row * 7919) % ROWS)),
      units: new Int32Array(ROWS),
      blobs: numbers,
      flags: new Uint8Array(ROWS),
      unitCount: 1,
    },
    variants: { size: 0, rows: new Int32Array(0), blobs: new Int32Array(0) },
    blobs: {
      size: ROWS,
      bytes: new Float64Array(ROWS).fill(1),
      states: new Uint8Array(ROWS),
      files: numbers.slice(),
      inRoot: new Uint8Array(ROWS),
    },
  };
}

describe("an artifact with 100,000 rows", () => {
  test("keeps the newest copies, for which as many files are looked at", () => {
    const { reasons, asks, freed } = decideRetention(largeUnit(), POLICY, { nowMs: NOW });
    expect(freed.files).toBe(ROWS - 3);
    const kept = [...reasons.keys()].filter((row) => REASONS[reasons[row] ?? 0] === "last_copy");
    expect([...asks].sort((one, other) => one - other)).toEqual(kept);
  });

  test("keeps all of them where no file is there, after few decisions", () => {
    const input = largeUnit();
    let rounds = 0;
    for (let askAtLeast = 0; ; askAtLeast = 4 * askAtLeast + 1) {
      const { asks, freed } = decideRetention(input, POLICY, { nowMs: NOW, askAtLeast });
      if (asks.length === 0) {
        expect(freed.files).toBe(0);
        break;
      }
      for (const blob of asks) input.blobs.states[blob] = BLOB_STATES.bad;
      rounds += 1;
    }
    expect(rounds).toBeLessThan(12);
  });
});

import { describe, expect, it } from "vitest";
import { systemClock } from "../../../../../src/adapters/clock/system.ts";
import { Backoff } from "../../../../../src/adapters/sql/oplog/commit/backoff.ts";

/** A backoff with a random number that is `digit` everywhere, and how long it has slept each time. */
function create(digit: string): { readonly backoff: Backoff; readonly sleptMs: readonly number[] } {
  const sleptMs: number[] = [];
  const clock = { ...systemClock, sleep: async (durationMs: number) => void sleptMs.push(durationMs) };
  return { backoff: new Backoff({ clock, entropy: { nonce: () => digit.repeat(32) } }), sleptMs };
}

describe("Backoff", () => {
  it("waits up to twice as long each time in a row, ten seconds at most, until something worked", async () => {
    const { backoff, sleptMs } = create("f");
    for (let time = 0; time < 12; time++) await backoff.pause();
    backoff.reset();
    await backoff.pause();
    const expected = [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10_000, 10_000, 10];
    expect(sleptMs.map((each) => Math.round(each))).toEqual(expected);
  });

  it("waits for a random part of that", async () => {
    const [none, half] = [create("0"), create("8")];
    for (const { backoff } of [none, half]) await backoff.pause();
    expect([none.sleptMs, half.sleptMs.map((each) => Math.round(each))]).toEqual([[0], [5]]);
  });
});

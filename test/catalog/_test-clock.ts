import { systemClock } from "../../src/adapters/clock/system.ts";
import type { Clock } from "../../src/ports/clock.ts";

/** A clock whose sleeps end when a test says so. */
export interface TestClock extends Clock {
  /** Resolves when nothing goes on by itself any more. */
  idle(): Promise<void>;
  /** Lets time pass, in milliseconds, and what that wakes go on. */
  advance(durationMs: number): Promise<void>;
}

/** A clock that stands still at first. */
export function createTestClock(): TestClock {
  let nowMs = systemClock.now();
  const sleeping = new Set<{ readonly untilMs: number; readonly wake: () => void }>();
  const idle = async (): Promise<void> => {
    for (let round = 0; round < 50; round++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const abort = (): void => {
          sleeping.delete(sleeper);
          reject(signal?.reason);
        };
        const wake = (): void => {
          signal?.removeEventListener("abort", abort);
          resolve();
        };
        const sleeper = { untilMs: nowMs + durationMs, wake };
        sleeping.add(sleeper);
        signal?.addEventListener("abort", abort);
      }),
    idle,
    advance: async (durationMs) => {
      nowMs += durationMs;
      for (const sleeper of sleeping) {
        if (sleeper.untilMs > nowMs) continue;
        sleeping.delete(sleeper);
        sleeper.wake();
      }
      await idle();
    },
  };
}

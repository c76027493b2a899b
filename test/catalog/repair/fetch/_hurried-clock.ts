import type { Clock } from "../../../../src/ports/clock.ts";

/** From here on a sleep is a limit, in milliseconds: it ends only when a test says so. */
const LIMIT_MS = 100_000;

/** A clock whose short sleeps are over at once, and are written down. */
export interface HurriedClock extends Clock {
  /** How long the short sleeps were, in milliseconds. */
  readonly waits: readonly number[];
  /** How many limits are running. */
  readonly limits: () => number;
  /** Lets all limits be over. */
  expire(): void;
}

/** A clock that stands still but for sleeps. */
export function createHurriedClock(startMs: number = Date.UTC(2026, 10, 28, 12)): HurriedClock {
  let nowMs = startMs;
  const waits: number[] = [];
  const limits = new Set<() => void>();
  return {
    waits,
    limits: () => limits.size,
    now: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        if (durationMs < LIMIT_MS) {
          waits.push(durationMs);
          nowMs += durationMs;
          resolve();
          return;
        }
        const end = (): void => {
          limits.delete(end);
          resolve();
        };
        limits.add(end);
        signal?.addEventListener("abort", () => {
          limits.delete(end);
          reject(signal.reason);
        });
      }),
    expire: () => {
      for (const end of [...limits]) end();
    },
  };
}

import type { Clock } from "../../ports/clock.ts";

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        // A signal outlives many sleeps; without this each would leave its listener behind.
        signal?.removeEventListener("abort", abort);
        resolve();
      }, durationMs);
      signal?.addEventListener("abort", abort, { once: true });
    }),
};

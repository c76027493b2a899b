import type { Clock } from "../../ports/clock.ts";

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (durationMs, signal, { background = false } = {}) =>
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
      if (background) letEnd(timer);
      signal?.addEventListener("abort", abort, { once: true });
    }),
};

/** Under Node and Bun a timer is an object, which keeps the process alive unless it is told not to. */
function letEnd(timer: unknown): void {
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") {
    timer.unref();
  }
}

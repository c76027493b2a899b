import type { CatalogError } from "../../../../errors.ts";
import type { Clock } from "../../../../ports/clock.ts";

interface Waiter {
  readonly timeoutMs: number;
  /** Hears that its time is over. */
  readonly giveUp: (busy: CatalogError<"BUSY">) => void;
  /** When it was seen for the first time that somebody else has the lock. */
  sinceMs: number | undefined;
}

/** Those in this process who wait for the lock, each for as long as it wants to wait. */
export class LockWaiters {
  readonly #clock: Clock;
  readonly #waiting: Set<Waiter> = new Set();

  /** Nobody waits yet; `clock` measures for how long they do. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Adds one; gives what ends its waiting. */
  add(timeoutMs: number, giveUp: (busy: CatalogError<"BUSY">) => void): () => void {
    const waiter: Waiter = { timeoutMs, giveUp, sinceMs: undefined };
    this.#waiting.add(waiter);
    return () => this.#waiting.delete(waiter);
  }

  /** Somebody else has the lock: those whose time is over are told. Gives how long the others wait yet; 0 for nobody. */
  look(busy: (waitedMs: number) => CatalogError<"BUSY">): number {
    const nowMs = this.#clock.monotonicMs();
    let shortestMs = Number.POSITIVE_INFINITY;
    for (const waiter of [...this.#waiting]) {
      waiter.sinceMs ??= nowMs;
      const waitedMs = nowMs - waiter.sinceMs;
      if (waitedMs < waiter.timeoutMs) {
        shortestMs = Math.min(shortestMs, waiter.timeoutMs - waitedMs);
        continue;
      }
      this.#waiting.delete(waiter);
      waiter.giveUp(busy(waitedMs));
    }
    return this.#waiting.size === 0 ? 0 : shortestMs;
  }

  /** The lock is ours: from now on nobody waits for somebody else. */
  rest(): void {
    for (const waiter of this.#waiting) waiter.sinceMs = undefined;
  }
}

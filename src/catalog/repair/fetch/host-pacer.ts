import type { Clock } from "../../../ports/clock.ts";
import type { CallOptions } from "../../call-options.ts";
import { withLock } from "../../concurrency/with-lock.ts";

/** Between the beginnings of two requests to one host, in milliseconds. */
const PACE_MS = 1000;

/** For how long a source may still be waited for. */
export interface Patience {
  /** In milliseconds; gets less with each wait. */
  leftMs: number;
}

/** Options of {@link HostPacer.run}. */
export interface PaceOptions extends CallOptions {
  /** Nobody waits longer than this. */
  readonly patience: Patience;
}

/** Lets a host have one request at a time and one a second, and leaves it alone for as long as it says. */
export class HostPacer {
  readonly #clock: Clock;
  readonly #locks = new Map<string, Promise<unknown>>();
  /** Before that, by the clock that never goes back, no request goes to a host. */
  readonly #nextMs = new Map<string, number>();

  /** Has asked nobody yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks a host when it may be asked; `undefined`, at once, where that is not worth the wait. */
  run<Result>(
    host: string,
    { patience, signal }: PaceOptions,
    ask: () => Promise<Result>,
  ): Promise<Result | undefined> {
    return withLock(this.#locks, host, async () => {
      signal?.throwIfAborted();
      const waitMs = Math.max((this.#nextMs.get(host) ?? 0) - this.#clock.monotonicMs(), 0);
      if (waitMs > patience.leftMs) return undefined;
      if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
      patience.leftMs -= waitMs;
      this.defer(host, PACE_MS);
      return ask();
    });
  }

  /** Leaves a host alone for so long from now on, or longer if that was said before. */
  defer(host: string, durationMs: number): void {
    const untilMs = this.#clock.monotonicMs() + durationMs;
    this.#nextMs.set(host, Math.max(untilMs, this.#nextMs.get(host) ?? 0));
  }
}

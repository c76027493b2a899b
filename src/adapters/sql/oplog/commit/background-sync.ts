import type { Clock } from "../../../../ports/clock.ts";

const DELAY_MS = 100;

/** What a {@link BackgroundSync} works with. */
export interface BackgroundSyncOptions {
  /** Gives the moment that passes before a sync. */
  readonly clock: Clock;
  /** Makes durable what is not yet. */
  readonly sync: () => Promise<void>;
  /** Hears of what failed; nobody waits for it. */
  readonly onFailure: (error: unknown) => void;
}

/** Syncs a moment after it was asked to, once for all who ask meanwhile. */
export class BackgroundSync {
  readonly #options: BackgroundSyncOptions;
  #waiting: AbortController | undefined;

  /** Does nothing before the first {@link request}. */
  constructor(options: BackgroundSyncOptions) {
    this.#options = options;
  }

  /** Syncs soon; does nothing if that was asked for already. */
  request(): void {
    if (this.#waiting !== undefined) return;
    const stop = new AbortController();
    this.#waiting = stop;
    this.#run(stop).catch((error: unknown) => {
      if (!stop.signal.aborted) this.#options.onFailure(error);
    });
  }

  /** Forgets what was asked for. */
  cancel(): void {
    this.#waiting?.abort();
    this.#waiting = undefined;
  }

  async #run(stop: AbortController): Promise<void> {
    const { clock, sync } = this.#options;
    await clock.sleep(DELAY_MS, stop.signal);
    this.#waiting = undefined;
    await sync();
  }
}

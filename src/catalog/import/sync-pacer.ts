import type { CatalogContext } from "../context.ts";

/** The least time between two syncs, in milliseconds: what a crash may cost. */
const MIN_INTERVAL_MS = 10_000;

/** A sync may take one part in so many of the time. */
const SHARE = 10;

/**
 * Makes what was registered durable now and then: so seldom that it costs a tenth of the time at most, however large
 * the catalog grows, and so often that a crash costs little work.
 */
export class SyncPacer {
  readonly #context: Pick<CatalogContext, "sql" | "clock">;
  #lastMs: number;
  #costMs = 0;
  #pending = false;

  /** Nothing is due before the first row. */
  constructor(context: Pick<CatalogContext, "sql" | "clock">) {
    this.#context = context;
    this.#lastMs = context.clock.monotonicMs();
  }

  /** To be called before each batch that is not durable by itself. */
  expect(): void {
    this.#pending = true;
  }

  /** Syncs if it is time to. */
  async pace(): Promise<void> {
    const waitedMs = this.#context.clock.monotonicMs() - this.#lastMs;
    if (waitedMs >= Math.max(MIN_INTERVAL_MS, SHARE * this.#costMs)) await this.flush();
  }

  /** Syncs if there is anything to. */
  async flush(): Promise<void> {
    if (!this.#pending) return;
    const startMs = this.#context.clock.monotonicMs();
    await this.#context.sql.sync();
    this.#pending = false;
    this.#lastMs = this.#context.clock.monotonicMs();
    this.#costMs = this.#lastMs - startMs;
  }
}

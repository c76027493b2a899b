import type { Sha256 } from "../../core/sha256.ts";
import type { TimedOutcome } from "../../core/telemetry/metric-labels.ts";
import type { HashStream } from "../../ports/hasher.ts";
import type { CatalogContext } from "../context.ts";

/** A digest in the making that tells in the end how much time was spent in it. */
export class TimedHash implements HashStream {
  readonly #hash: HashStream;
  readonly #context: Pick<CatalogContext, "clock" | "telemetry">;
  #spentMs = 0;

  /** Hashes with another. */
  constructor(hash: HashStream, context: Pick<CatalogContext, "clock" | "telemetry">) {
    this.#hash = hash;
    this.#context = context;
  }

  update(bytes: Uint8Array): Promise<void> {
    return this.#spend(() => this.#hash.update(bytes));
  }

  async digest(): Promise<Sha256> {
    const sha256 = await this.#spend(() => this.#hash.digest());
    this.#tell("ok");
    return sha256;
  }

  async #spend<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const { clock } = this.#context;
    const startedMs = clock.monotonicMs();
    try {
      const result = await work();
      this.#spentMs += clock.monotonicMs() - startedMs;
      return result;
    } catch (error) {
      this.#spentMs += clock.monotonicMs() - startedMs;
      this.#tell("error");
      throw error;
    }
  }

  #tell(outcome: TimedOutcome): void {
    this.#context.telemetry.record("content_catalog.hash.duration", this.#spentMs / 1000, { outcome });
  }
}

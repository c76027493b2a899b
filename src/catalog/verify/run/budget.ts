import type { Clock } from "../../../ports/clock.ts";
import type { VerifyBudget } from "../verify-options.ts";

/** What is left of the time and the bytes of a run. It begins with the instance. */
export class Budget {
  readonly #clock: Clock;
  readonly #endsAtMs: number;
  readonly #bytes: number;
  #used: number | undefined;
  /** Something was not begun. */
  isOver = false;

  /** Without limits everything may be begun. */
  constructor(clock: Clock, { timeMs = Number.POSITIVE_INFINITY, bytes = Number.POSITIVE_INFINITY }: VerifyBudget) {
    this.#clock = clock;
    this.#endsAtMs = clock.monotonicMs() + timeMs;
    this.#bytes = bytes;
  }

  /** Begins a blob, if there is time for it, and it is not too large; the first one always is begun. */
  begin(bytes: number): boolean {
    const used = this.#used ?? 0;
    const isTooMuch = this.#clock.monotonicMs() >= this.#endsAtMs || used + bytes > this.#bytes;
    if (isTooMuch && this.#used !== undefined) {
      this.isOver = true;
      return false;
    }
    this.#used = used + bytes;
    return true;
  }

  /** A blob had more bytes than was thought, or fewer. */
  correct(bytes: number): void {
    this.#used = (this.#used ?? 0) + bytes;
  }
}

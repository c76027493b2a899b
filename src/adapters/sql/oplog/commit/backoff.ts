import type { Clock } from "../../../../ports/clock.ts";
import type { Entropy } from "../../../../ports/entropy.ts";

const FIRST_MS = 10;
/** As long as the largest checkpoints take. */
const LONGEST_MS = 10_000;
const RANDOM_DIGITS = 8;

/**
 * How long to wait for somebody who was faster, before the same is tried again. Two who hold the lock at once, as it was
 * stolen, could else take each other's checkpoint away for ever. Each time in a row it may be twice as long, and is a
 * random part of that (binary exponential backoff: Metcalfe and Boggs, "Ethernet", CACM 19(7), 1976).
 */
export class Backoff {
  readonly #options: { readonly clock: Clock; readonly entropy: Entropy };
  #longestMs: number = FIRST_MS;

  /** Starts with the shortest pause. */
  constructor(options: { readonly clock: Clock; readonly entropy: Entropy }) {
    this.#options = options;
  }

  /** Waits a random time, which may be twice as long the next time. */
  async pause(): Promise<void> {
    const { clock, entropy } = this.#options;
    const random = Number.parseInt(entropy.nonce().slice(0, RANDOM_DIGITS), 16) / 16 ** RANDOM_DIGITS;
    const pauseMs = random * this.#longestMs;
    this.#longestMs = Math.min(this.#longestMs * 2, LONGEST_MS);
    await clock.sleep(pauseMs);
  }

  /** It worked. */
  reset(): void {
    this.#longestMs = FIRST_MS;
  }
}

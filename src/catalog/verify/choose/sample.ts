import type { Entropy } from "../../../ports/entropy.ts";

/** So many hexadecimal characters of a nonce make a number that is exact. */
const DIGITS = 13;

/**
 * Draws exactly a share of so many things, each with the same chance, as they pass by: selection sampling, algorithm S of
 * Knuth, The Art of Computer Programming, volume 2, 3.4.2.
 */
export class Sample {
  /** How many are drawn. */
  readonly size: number;
  readonly #entropy: Entropy;
  #wanted: number;
  #left: number;

  /** `share` is above 0; at least one is drawn. */
  constructor(entropy: Entropy, { share, total }: { readonly share: number; readonly total: number }) {
    this.#entropy = entropy;
    this.size = Math.min(total, Math.ceil(total * share));
    this.#wanted = this.size;
    this.#left = total;
  }

  /** Whether the next one is drawn. */
  draw(): boolean {
    const isDrawn = this.#random() * this.#left < this.#wanted;
    this.#left = Math.max(0, this.#left - 1);
    if (isDrawn) this.#wanted -= 1;
    return isDrawn;
  }

  #random(): number {
    if (this.#wanted >= this.#left) return 0;
    return Number.parseInt(this.#entropy.nonce().slice(0, DIGITS), 16) / 16 ** DIGITS;
  }
}

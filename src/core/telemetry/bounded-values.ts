/** What is told in place of values that came too late. */
const OTHER = "other";

/** Tells so many different values apart; those that come later are `other`. */
export class BoundedValues {
  readonly #most: number;
  readonly #known: Set<string> = new Set();

  /** Knows none yet. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The value itself, or what is told in its place. */
  bound(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#most) return OTHER;
    this.#known.add(value);
    return value;
  }
}

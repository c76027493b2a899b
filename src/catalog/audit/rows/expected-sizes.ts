import { FingerprintNumbers } from "../../collect/live/fingerprints.ts";

/** Rows say nothing about the size. */
const NOT_KNOWN = -1;
/** The file is there, and as large as all rows say. */
const FINE = -2;
/** The file is there with another size, or rows disagree. */
const DOUBTFUL = -3;

/** What rows say about the sizes of files in the root, by their names, and what became of that. */
export class ExpectedSizes {
  readonly #numbers = new FingerprintNumbers();
  #open = 0;

  /** How many names there are whose files are not known to be as rows say. */
  get open(): number {
    return this.#open;
  }

  /** A row says that a file has so many bytes, or does not say. */
  expect(name: string, bytes: number | null): void {
    const at = this.#numbers.add(name);
    const before = this.#numbers.get(at);
    const isNew = Number.isNaN(before);
    if (isNew) this.#open += 1;
    if (isNew || before === NOT_KNOWN) this.#numbers.set(at, bytes ?? NOT_KNOWN);
    else if (bytes !== null && bytes !== before) this.#numbers.set(at, DOUBTFUL);
  }

  /** A file of that name was seen. */
  see(name: string, bytes: number | undefined): void {
    const at = this.#numbers.find(name);
    const expected = at < 0 ? FINE : this.#numbers.get(at);
    if (expected === FINE || expected === DOUBTFUL) return;
    const isFine = bytes !== undefined && (expected === NOT_KNOWN || expected === bytes);
    if (isFine) this.#open -= 1;
    this.#numbers.set(at, isFine ? FINE : DOUBTFUL);
  }

  /** Whether a row names it. */
  has(name: string): boolean {
    return this.#numbers.find(name) >= 0;
  }

  /** Whether the file of a name has to be looked at once more: it was not seen, or not as a row says. */
  isOpen(name: string): boolean {
    const at = this.#numbers.find(name);
    return at >= 0 && this.#numbers.get(at) !== FINE;
  }
}

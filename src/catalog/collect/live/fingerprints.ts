/** Slots of a new set; a power of two. */
const FIRST_SLOTS = 1024;

/** What an empty slot holds: no fingerprint is below one. */
const EMPTY = 0;

/** Bits of a fingerprint above the lowest 32, so that a double holds it exactly. */
const HIGH_BITS = 0x1f_ffff;

/**
 * A set of texts, of which it keeps 53 bits each in one typed array: 16 to 32 bytes a text, whatever its length. It never
 * forgets a text that was added. Of a million others it takes one for known with a probability of one to nine billion.
 */
export class Fingerprints {
  #slots = new Float64Array(FIRST_SLOTS);
  #size = 0;

  /** How many there are that it can tell apart. */
  get size(): number {
    return this.#size;
  }

  /** Adds a text; whether it is new. */
  add(text: string): boolean {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    const isNew = insert(this.#slots, fingerprintOf(text));
    if (isNew) this.#size += 1;
    return isNew;
  }

  /** Whether a text was added, or one that cannot be told from it. */
  has(text: string): boolean {
    const fingerprint = fingerprintOf(text);
    return this.#slots[findSlot(this.#slots, fingerprint)] === fingerprint;
  }

  #grow(): void {
    const slots = new Float64Array(this.#slots.length * 2);
    for (const fingerprint of this.#slots) if (fingerprint !== EMPTY) insert(slots, fingerprint);
    this.#slots = slots;
  }
}

/** A number for each of many texts, of which it keeps as much as {@link Fingerprints} does: 32 to 64 bytes each in all. */
export class FingerprintNumbers {
  #slots = new Float64Array(FIRST_SLOTS);
  #numbers = new Float64Array(FIRST_SLOTS);
  #size = 0;

  /** Where the number of a text is, until another text is added; -1 for a text that was never added. */
  find(text: string): number {
    const fingerprint = fingerprintOf(text);
    const at = findSlot(this.#slots, fingerprint);
    return this.#slots[at] === fingerprint ? at : -1;
  }

  /** As {@link find}; a text that was never added is now, and its number is NaN. */
  add(text: string): number {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    const fingerprint = fingerprintOf(text);
    const at = findSlot(this.#slots, fingerprint);
    if (this.#slots[at] !== EMPTY) return at;
    this.#size += 1;
    this.#slots[at] = fingerprint;
    this.#numbers[at] = Number.NaN;
    return at;
  }

  /** The number at a place that {@link find} or {@link add} gave. */
  get(at: number): number {
    return this.#numbers[at] as number;
  }

  /** Puts another number there. */
  set(at: number, number: number): void {
    this.#numbers[at] = number;
  }

  #grow(): void {
    const slots = new Float64Array(this.#slots.length * 2);
    const numbers = new Float64Array(slots.length);
    for (const [before, fingerprint] of this.#slots.entries()) {
      if (fingerprint === EMPTY) continue;
      const at = findSlot(slots, fingerprint);
      slots[at] = fingerprint;
      numbers[at] = this.#numbers[before] as number;
    }
    this.#slots = slots;
    this.#numbers = numbers;
  }
}

function insert(slots: Float64Array, fingerprint: number): boolean {
  const at = findSlot(slots, fingerprint);
  if (slots[at] === fingerprint) return false;
  slots[at] = fingerprint;
  return true;
}

/** Where a fingerprint is, or belongs: the next free slot behind its own (linear probing). */
function findSlot(slots: Float64Array, fingerprint: number): number {
  const mask = slots.length - 1;
  let at = fingerprint & mask;
  while (slots[at] !== EMPTY && slots[at] !== fingerprint) at = (at + 1) & mask;
  return at;
}

/**
 * A number from 1 to 2^53 - 1: two 32-bit hashes of the UTF-16 code units, each a multiplication and an exclusive or a
 * unit as in FNV-1a (Fowler, Noll, Vo), with other multipliers, and mixed at the end as MurmurHash3 does (Appleby).
 */
function fingerprintOf(text: string): number {
  let one = 0x811c_9dc5;
  let other = 0x9e37_79b9;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    one = Math.imul(one ^ unit, 0x0100_0193);
    other = Math.imul(other ^ unit, 0x85eb_ca6b);
  }
  const low = mix(one ^ (other >>> 16)) >>> 0;
  const high = mix(other ^ Math.imul(one, 0xc2b2_ae35)) & HIGH_BITS;
  return high * 2 ** 32 + low || 1;
}

function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}

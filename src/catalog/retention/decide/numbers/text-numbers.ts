/** Slots of a new table; a power of two. */
const FIRST_SLOTS = 1024;

/** What an empty slot holds: no fingerprint is below one. */
const EMPTY = 0;

/** Bits of a fingerprint above the lowest 32, so that a double holds it exactly. */
const HIGH_BITS = 0x1f_ffff;

/**
 * Numbers texts from 0, in the order in which they come. It keeps 85 bits of each, in 32 to 64 bytes a text, whatever its
 * length. Which bits those are, a seed says that nobody knows before: so nobody can make two texts that get one number.
 * By chance that happens once in ten trillion catalogs with a million texts, and what deletes rows compares whole texts.
 */
export class TextNumbers {
  readonly #seed: readonly [number, number, number];
  #slots: Float64Array;
  #checks: Int32Array;
  #numbers: Int32Array;
  #size = 0;
  /** The fingerprint that was made last. */
  #fingerprint = EMPTY;
  #check = 0;

  /** `seed` has 32 hexadecimal characters, as `Entropy.nonce` gives them; there is room for `expected` texts. */
  constructor(seed: string, expected = 0) {
    let room = FIRST_SLOTS;
    while (room < expected * 2) room *= 2;
    this.#slots = new Float64Array(room);
    this.#checks = new Int32Array(room);
    this.#numbers = new Int32Array(room);
    const [one = 0, other = 0, third = 0] = [0, 8, 16].map((at) => Number.parseInt(seed.slice(at, at + 8), 16) | 0);
    this.#seed = [one, other, third];
  }

  /** How many texts have numbers. */
  get size(): number {
    return this.#size;
  }

  /** The number of a text, which is {@link size} for a new one. */
  add(text: string): number {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    this.#read(text);
    const at = this.#findSlot();
    if (this.#slots[at] !== EMPTY) return this.#numbers[at] as number;
    this.#put(at, this.#size);
    this.#size += 1;
    return this.#size - 1;
  }

  /** The number of a text; -1 for one that was never added. */
  find(text: string): number {
    this.#read(text);
    const at = this.#findSlot();
    return this.#slots[at] === EMPTY ? -1 : (this.#numbers[at] as number);
  }

  #grow(): void {
    const [slots, checks, numbers] = [this.#slots, this.#checks, this.#numbers];
    const length = slots.length * 2;
    this.#slots = new Float64Array(length);
    this.#checks = new Int32Array(length);
    this.#numbers = new Int32Array(length);
    for (let at = 0; at < slots.length; at++) {
      this.#fingerprint = slots[at] as number;
      if (this.#fingerprint === EMPTY) continue;
      this.#check = checks[at] as number;
      this.#put(this.#findSlot(), numbers[at] as number);
    }
  }

  #put(at: number, number: number): void {
    this.#slots[at] = this.#fingerprint;
    this.#checks[at] = this.#check;
    this.#numbers[at] = number;
  }

  /** Where the fingerprint is, or belongs: the next free slot behind its own (linear probing). */
  #findSlot(): number {
    const mask = this.#slots.length - 1;
    let at = this.#fingerprint & mask;
    while (this.#slots[at] !== EMPTY) {
      if (this.#slots[at] === this.#fingerprint && this.#checks[at] === this.#check) break;
      at = (at + 1) & mask;
    }
    return at;
  }

  /**
   * Three 32-bit hashes of the UTF-16 code units, each an exclusive or and a multiplication a unit as in FNV-1a (Fowler,
   * Noll, Vo), with other beginnings and multipliers, and mixed at the end as MurmurHash3 does (Appleby).
   */
  #read(text: string): void {
    let [one, other, third] = this.#seed;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      one = Math.imul(one ^ unit, 0x0100_0193);
      other = Math.imul(other ^ unit, 0x85eb_ca6b);
      third = Math.imul(third ^ unit, 0x27d4_eb2f);
    }
    const low = mix(one ^ (third >>> 15)) >>> 0;
    const high = mix(other ^ (one >>> 16)) & HIGH_BITS;
    this.#fingerprint = high * 2 ** 32 + low || 1;
    this.#check = mix(third ^ Math.imul(other, 0xc2b2_ae35));
  }
}

function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}

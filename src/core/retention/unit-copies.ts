import { BLOB_STATES, type RetentionInput } from "./retention-rows.ts";

/**
 * How many copies each unit has among the rows that are left. A copy is a file that is there and good; rows that name one
 * place are one copy, and so are two names of one file. What nobody has looked at counts as good until somebody does:
 * {@link asks} tells of what that has to be, so that a decision holds for which it says nothing any more.
 */
export class UnitCopies {
  readonly #input: RetentionInput;
  readonly #keepCopies: number;
  /** The first row of the unit with the same blob. */
  readonly #places: Int32Array;
  /** For such a first row: how many rows of the unit are left that name its blob. */
  readonly #left: Int32Array;
  /** The first row of the unit with the same file, as far as that was seen. */
  readonly #files: Int32Array;
  /** For such a first row: how many places of the unit are left that are this file, and good as far as anybody knows. */
  readonly #names: Int32Array;
  /** How many files the unit has left. */
  readonly #copies: Int32Array;
  /** 1 for a unit that lost a place, which only others make up for. */
  readonly #relied: Uint8Array;

  /** All rows are left. */
  constructor(input: RetentionInput, keepCopies: number) {
    const { size, unitCount } = input.rows;
    this.#input = input;
    this.#keepCopies = keepCopies;
    this.#places = new Int32Array(size);
    this.#left = new Int32Array(size);
    this.#files = new Int32Array(size);
    this.#names = new Int32Array(size);
    this.#copies = new Int32Array(unitCount);
    this.#relied = new Uint8Array(unitCount);
    if (keepCopies > 0) this.#findPlaces();
  }

  /** Whether a row may go: another one names the same place, or enough copies remain. */
  mayGo(row: number): boolean {
    return this.#leftOf(row) > 1 || this.mayGoWhole(row);
  }

  /** Whether all rows of the unit may go that name the same place as a row. */
  mayGoWhole(row: number): boolean {
    if (this.#keepCopies === 0) return true;
    const isLastName = this.#isGood(row) && this.#names[this.#files[row] as number] === 1;
    return this.#copiesOf(row) - (isLastName ? 1 : 0) >= this.#keepCopies;
  }

  /** A row goes. */
  drop(row: number): void {
    if (this.#keepCopies === 0) return;
    const place = this.#places[row] as number;
    const left = (this.#left[place] as number) - 1;
    this.#left[place] = left;
    if (left > 0) return;
    const unit = this.#unitOf(row);
    this.#relied[unit] = 1;
    if (!this.#isGood(row)) return;
    const file = this.#files[row] as number;
    const names = (this.#names[file] as number) - 1;
    this.#names[file] = names;
    if (names === 0) this.#copies[unit] = this.#copiesOf(row) - 1;
  }

  /**
   * Blobs that somebody has to look at before this can be done: of each unit that lost a place the newest ones, as many as
   * it lacks copies that were seen, and `atLeast` of those that have gone. `order` has all rows, the oldest first.
   */
  asks(order: Int32Array, atLeast: number): Int32Array {
    const lacking = this.#lacking();
    if (lacking === undefined) return new Int32Array(0);
    // What has gone is looked at as well when those that are left turned out to be none: it may have to stay instead.
    const more = lacking.map((lacks) => (lacks === 0 ? 0 : Math.min(atLeast, this.#places.length)));
    const met = new Uint8Array(this.#places.length);
    const found = new Set<number>();
    for (let at = order.length - 1; at >= 0; at--) {
      const row = order[at] as number;
      const place = this.#places[row] as number;
      const wanted = this.#left[place] === 0 ? more : lacking;
      const lacks = wanted[this.#unitOf(row)] as number;
      if (lacks === 0 || met[place] === 1) continue;
      met[place] = 1;
      if (this.#stateOf(row) !== BLOB_STATES.unseen) continue;
      found.add(this.#input.rows.blobs[row] as number);
      wanted[this.#unitOf(row)] = lacks - 1;
    }
    return Int32Array.from(found);
  }

  /** How many more blobs of each unit are to be looked at; `undefined` where none is. */
  #lacking(): Int32Array | undefined {
    const lacking = new Int32Array(this.#relied.length);
    const seen = new Uint8Array(this.#places.length);
    for (const [unit, relied] of this.#relied.entries()) if (relied === 1) lacking[unit] = this.#keepCopies;
    for (let row = 0; row < seen.length; row++) {
      const unit = this.#unitOf(row);
      if (unit < 0 || (lacking[unit] as number) === 0) continue;
      if (this.#leftOf(row) === 0 || this.#stateOf(row) !== BLOB_STATES.good) continue;
      const file = this.#files[row] as number;
      if (seen[file] === 1) continue;
      seen[file] = 1;
      lacking[unit] = (lacking[unit] as number) - 1;
    }
    return lacking.some((lacks) => lacks > 0) ? lacking : undefined;
  }

  #findPlaces(): void {
    const { starts, members } = groupByUnit(this.#input.rows.units, this.#copies.length);
    const { rows, blobs } = this.#input;
    const places = new Map<number, number>();
    const files = new Map<number, number>();
    for (let unit = 0; unit < this.#copies.length; unit++) {
      const [start, end] = [starts[unit] as number, starts[unit + 1] as number];
      // Most units have one row.
      if (end - start === 1) this.#join(members[start] as number, members[start] as number, members[start] as number);
      else {
        places.clear();
        files.clear();
        for (let at = start; at < end; at++) {
          const row = members[at] as number;
          const blob = rows.blobs[row] as number;
          this.#join(row, firstOf(places, blob, row), firstOf(files, blobs.files[blob] as number, row));
        }
      }
    }
  }

  #join(row: number, place: number, file: number): void {
    this.#places[row] = place;
    this.#files[row] = file;
    this.#left[place] = (this.#left[place] as number) + 1;
    if (place !== row || !this.#isGood(row)) return;
    const names = (this.#names[file] as number) + 1;
    this.#names[file] = names;
    if (names === 1) this.#copies[this.#unitOf(row)] = this.#copiesOf(row) + 1;
  }

  #unitOf(row: number): number {
    return this.#input.rows.units[row] as number;
  }

  #leftOf(row: number): number {
    return this.#left[this.#places[row] as number] as number;
  }

  #copiesOf(row: number): number {
    return this.#copies[this.#unitOf(row)] as number;
  }

  #stateOf(row: number): number {
    return this.#input.blobs.states[this.#input.rows.blobs[row] as number] as number;
  }

  #isGood(row: number): boolean {
    return this.#stateOf(row) !== BLOB_STATES.bad;
  }
}

/** The rows of each unit, in their order: those of unit `n` from `starts[n]` to `starts[n + 1]`. */
function groupByUnit(
  units: Int32Array,
  unitCount: number,
): { readonly starts: Int32Array; readonly members: Int32Array } {
  const starts = new Int32Array(unitCount + 2);
  for (const unit of units) if (unit >= 0) starts[unit + 2] = (starts[unit + 2] as number) + 1;
  for (let unit = 2; unit < starts.length; unit++) {
    starts[unit] = (starts[unit] as number) + (starts[unit - 1] as number);
  }
  const members = new Int32Array(units.length);
  for (let row = 0; row < units.length; row++) {
    const unit = units[row] as number;
    if (unit < 0) continue;
    const at = starts[unit + 1] as number;
    members[at] = row;
    starts[unit + 1] = at + 1;
  }
  return { starts, members };
}

function firstOf(found: Map<number, number>, key: number, row: number): number {
  const first = found.get(key);
  if (first !== undefined) return first;
  found.set(key, row);
  return row;
}

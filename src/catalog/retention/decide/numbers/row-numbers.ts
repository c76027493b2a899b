import { isMadeUpId } from "../../../../core/retention/copy-unit.ts";
import type { CompletePolicy } from "../../../../core/retention/policy.ts";
import { type RetentionRows, ROW_FLAGS } from "../../../../core/retention/retention-rows.ts";
import type { SqlRow, SqlValue } from "../../../../ports/sql.ts";
import { MAX_TEXT_LENGTH } from "../../../records/columns.ts";
import { grown } from "./grown.ts";
import type { PlaceNumbers } from "./place-numbers.ts";
import { TextNumbers } from "./text-numbers.ts";
import { TimeReader } from "./time-reader.ts";

/** Rows as numbers, as they come from the catalog. */
export class RowNumbers {
  readonly #places: PlaceNumbers;
  readonly #units: TextNumbers;
  readonly #times = new TimeReader();
  readonly #scope: Scope;
  #size = 0;
  #ids: Float64Array;
  #createdMs: Float64Array;
  #unitOf: Int32Array;
  #blobs: Int32Array;
  #flags: Uint8Array;

  /** Has none yet, and room for `expected` rows. */
  constructor(
    policy: CompletePolicy,
    places: PlaceNumbers,
    options: { readonly seed: string; readonly expected: number },
  ) {
    const { seed, expected } = options;
    this.#places = places;
    this.#units = new TextNumbers(seed, expected);
    this.#ids = new Float64Array(expected);
    this.#createdMs = new Float64Array(expected);
    this.#unitOf = new Int32Array(expected);
    this.#blobs = new Int32Array(expected);
    this.#flags = new Uint8Array(expected);
    this.#scope = scopeOf(policy);
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a row of `selectRetained`; they come by id. */
  add(row: SqlRow): void {
    if (this.#size >= this.#ids.length) this.#grow();
    const at = this.#size++;
    // Read one by one: to take a row apart in one step takes longer than all the rest.
    const [id, bytes, uri] = [row[0], row[3], row[4]];
    const createdMs = this.#times.read(row[5]);
    const unit = row[6] === 1 ? undefined : unitText(row[1], row[2]);
    const isDamaged = unit === undefined || !isId(id) || !isSize(bytes) || !isText(uri) || Number.isNaN(createdMs);
    this.#ids[at] = Number(id);
    this.#createdMs[at] = isDamaged ? Number.NaN : createdMs;
    this.#unitOf[at] = isDamaged ? -1 : this.#units.add(unit);
    this.#flags[at] = isDamaged ? ROW_FLAGS.damaged : this.#scopeFlag(row) | (row[7] === 1 ? ROW_FLAGS.pinned : 0);
    this.#blobs[at] = isText(uri) ? this.#places.add(uri, isSize(bytes) ? bytes : 0) : -1;
    if (isText(uri)) this.#places.setRow(this.#blobs[at] as number, at);
  }

  /** Where the row with an id stands; -1 for an id that none has. */
  find(id: number): number {
    let [from, to] = [0, this.#size - 1];
    while (from <= to) {
      const middle = (from + to) >>> 1;
      const found = this.#ids[middle] as number;
      if (found === id) return middle;
      if (found < id) from = middle + 1;
      else to = middle - 1;
    }
    return -1;
  }

  /** Something holds a row, which is one of {@link ROW_FLAGS}. */
  hold(at: number, flag: number): void {
    this.#flags[at] = (this.#flags[at] as number) | flag;
  }

  /** All of them. */
  list(): RetentionRows {
    const size = this.#size;
    return {
      size,
      ids: this.#ids.subarray(0, size),
      createdMs: this.#createdMs.subarray(0, size),
      units: this.#unitOf.subarray(0, size),
      blobs: this.#blobs.subarray(0, size),
      flags: this.#flags.subarray(0, size),
      unitCount: this.#units.size,
    };
  }

  #scopeFlag(row: SqlRow): number {
    return this.#scope.every(([column, names]) => names.has(row[column] ?? null)) ? 0 : ROW_FLAGS.outOfScope;
  }

  #grow(): void {
    this.#ids = grown(this.#ids, (size) => new Float64Array(size));
    this.#createdMs = grown(this.#createdMs, (size) => new Float64Array(size));
    this.#unitOf = grown(this.#unitOf, (size) => new Int32Array(size));
    this.#blobs = grown(this.#blobs, (size) => new Int32Array(size));
    this.#flags = grown(this.#flags, (size) => new Uint8Array(size));
  }
}

/** Which columns of `selectRetained` have to have one of some names. */
type Scope = readonly (readonly [column: number, names: ReadonlySet<SqlValue>])[];

function scopeOf({ resolvers, contentTypes, runIds }: CompletePolicy): Scope {
  const lists = [resolvers, contentTypes, runIds];
  return lists.flatMap((names, at) => (names === undefined ? [] : [[8 + at, new Set<SqlValue>(names)] as const]));
}

/** What tells a unit from others; `undefined` for what no artifact is called. No name has a NUL. */
function unitText(artifactId: SqlValue | undefined, sourceUrl: SqlValue | undefined): string | undefined {
  if (!isText(artifactId)) return undefined;
  if (!isMadeUpId(artifactId)) return artifactId;
  return isText(sourceUrl) ? `${artifactId}\0${sourceUrl}` : undefined;
}

function isText(value: SqlValue | undefined): value is string {
  return typeof value === "string" && value.length <= MAX_TEXT_LENGTH;
}

function isId(value: SqlValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isSize(value: SqlValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

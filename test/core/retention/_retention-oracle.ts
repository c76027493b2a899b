import type { CompletePolicy } from "../../../src/core/retention/policy.ts";

/** A row as the oracle knows it. */
export interface OracleRow {
  readonly id: number;
  readonly unit: string;
  readonly place: string;
  /** NaN: damaged. */
  readonly createdMs: number;
  readonly outOfScope: boolean;
  readonly pinned: boolean;
  readonly leased: boolean;
  /** Places of its variants. */
  readonly variants: readonly string[];
}

/** What is at a place. */
export interface OracleBlob {
  readonly bytes: number;
  readonly good: boolean;
  readonly file: string;
  readonly inRoot: boolean;
}

/** A catalog. */
export interface OracleWorld {
  readonly rows: readonly OracleRow[];
  readonly blobs: ReadonlyMap<string, OracleBlob>;
  readonly nowMs: number;
  readonly freeBytes: number;
}

/** What the oracle says. */
export interface OracleAnswer {
  readonly reasons: readonly string[];
  readonly freed: { readonly files: number; readonly bytes: number };
  readonly unmet: readonly string[];
}

const DROPS = ["older_than", "beyond_last", "max_total_size", "max_files", "min_free"];

/** Decides by "Retention" of `schema/README.md`, sentence by sentence, with nothing but loops over all rows. */
export function askOracle(world: OracleWorld, policy: CompletePolicy): OracleAnswer {
  return new Oracle(world, policy).answer();
}

const isDamaged = (row: OracleRow): boolean => Number.isNaN(row.createdMs);
const isInScope = (row: OracleRow): boolean => !isDamaged(row) && !row.outOfScope;
const namesOf = (rows: readonly OracleRow[]): string[] => rows.flatMap((row) => [row.place, ...row.variants]);

function isNewer(one: OracleRow, other: OracleRow): boolean {
  return one.createdMs > other.createdMs || (one.createdMs === other.createdMs && one.id > other.id);
}

class Oracle {
  readonly #world: OracleWorld;
  readonly #policy: CompletePolicy;
  readonly #said = new Map<number, string>();
  readonly #oldestFirst: readonly OracleRow[];

  constructor(world: OracleWorld, policy: CompletePolicy) {
    this.#world = world;
    this.#policy = policy;
    const rows = world.rows.filter((row) => !isDamaged(row));
    this.#oldestFirst = rows.sort((one, other) => (isNewer(one, other) ? 1 : -1));
  }

  answer(): OracleAnswer {
    const { rows } = this.#world;
    for (const row of rows) this.#hold(row);
    for (const row of this.#oldestFirst) this.#applyRules(row);
    for (const row of this.#oldestFirst) {
      if (this.#unmet().length === 0 || row.createdMs > this.#world.nowMs - this.#policy.minAgeMs) break;
      this.#applyCaps(row);
    }
    const isOver = this.#unmet().length > 0;
    for (const row of rows) if (!this.#said.has(row.id)) this.#said.set(row.id, this.#whyKept(row, isOver));
    const freed = this.#freed();
    return {
      reasons: rows.map(({ id }) => this.#said.get(id) ?? ""),
      freed: { files: freed.length, bytes: this.#bytesOf(freed) },
      unmet: this.#unmet(),
    };
  }

  #hold(row: OracleRow): void {
    if (isDamaged(row)) this.#said.set(row.id, "damaged");
    else if (row.outOfScope) this.#said.set(row.id, "out_of_scope");
    else if (row.pinned) this.#said.set(row.id, "pinned");
    else if (row.leased) this.#said.set(row.id, "leased");
  }

  #stays(row: OracleRow): boolean {
    return !DROPS.includes(this.#said.get(row.id) ?? "");
  }

  /** How many copies of a unit are left when some rows are gone as well. */
  #copiesWithout(unit: string, gone: readonly OracleRow[]): number {
    const files = new Set<string>();
    for (const row of this.#world.rows) {
      if (row.unit !== unit || isDamaged(row) || !this.#stays(row) || gone.includes(row)) continue;
      const blob = this.#world.blobs.get(row.place);
      if (blob?.good === true) files.add(blob.file);
    }
    return files.size;
  }

  #isOld(row: OracleRow): boolean {
    const { olderThanMs } = this.#policy;
    return olderThanMs !== undefined && row.createdMs < this.#world.nowMs - olderThanMs;
  }

  #isBeyond(row: OracleRow): boolean {
    const { keepLast } = this.#policy;
    const newer = this.#world.rows.filter((other) => {
      return other.unit === row.unit && isInScope(other) && isNewer(other, row);
    });
    return keepLast !== undefined && newer.length >= keepLast;
  }

  #applyRules(row: OracleRow): void {
    const { olderThanMs, keepLast, keepCopies } = this.#policy;
    if (this.#said.has(row.id) || (olderThanMs === undefined && keepLast === undefined)) return;
    if (olderThanMs !== undefined && !this.#isOld(row)) return;
    if (keepLast !== undefined && !this.#isBeyond(row)) return;
    const shares = this.#world.rows.some((other) => {
      const isCounted = other !== row && !isDamaged(other) && this.#stays(other);
      return isCounted && other.unit === row.unit && other.place === row.place;
    });
    const mayGo = shares || keepCopies === 0 || this.#copiesWithout(row.unit, [row]) >= keepCopies;
    this.#said.set(row.id, mayGo ? (olderThanMs === undefined ? "beyond_last" : "older_than") : "last_copy");
  }

  #bytesOf(places: Iterable<string>): number {
    return [...places].reduce((sum, place) => sum + (this.#world.blobs.get(place)?.bytes ?? 0), 0);
  }

  #freed(): readonly string[] {
    const { rows } = this.#world;
    const left = new Set(namesOf(rows.filter((row) => this.#stays(row))));
    return [...new Set(namesOf(rows))].filter((place) => !left.has(place));
  }

  /** Caps that are not met, each with what there is. */
  #unmet(): readonly string[] {
    const { maxTotalBytes, maxFiles, minFreeBytes } = this.#policy;
    const counted = new Set(namesOf(this.#world.rows.filter((row) => isInScope(row) && this.#stays(row))));
    const inRoot = this.#freed().filter((place) => this.#world.blobs.get(place)?.inRoot === true);
    const [bytes, free] = [this.#bytesOf(counted), this.#world.freeBytes + this.#bytesOf(inRoot)];
    const found: string[] = [];
    if (maxTotalBytes !== undefined && bytes > maxTotalBytes) found.push(`max_total_size ${bytes}`);
    if (maxFiles !== undefined && counted.size > maxFiles) found.push(`max_files ${counted.size}`);
    if (minFreeBytes !== undefined && free < minFreeBytes) found.push(`min_free ${free}`);
    return found;
  }

  #nearerWithout(place: string): string | undefined {
    const blob = this.#world.blobs.get(place);
    const over = this.#unmet().map((text) => text.split(" ")[0] ?? "");
    return over.find((cap) => {
      if (cap === "max_files") return true;
      return (blob?.bytes ?? 0) > 0 && (cap !== "min_free" || blob?.inRoot === true);
    });
  }

  #applyCaps(newest: OracleRow): void {
    const { place } = newest;
    const { keepCopies } = this.#policy;
    if (this.#oldestFirst.some((row) => row.place === place && isNewer(row, newest))) return;
    const nearer = this.#nearerWithout(place);
    const left = this.#world.rows.filter((row) => this.#stays(row));
    const group = left.filter((row) => row.place === place && isInScope(row));
    const others = left.filter((row) => !group.includes(row));
    const isHeld = group.some((row) => ["pinned", "leased"].includes(this.#said.get(row.id) ?? ""));
    const isFreed = nearer !== undefined && !namesOf(others).includes(place) && !isHeld;
    const isLast = group.some(({ unit }) => {
      const gone = group.filter((row) => row.unit === unit);
      return keepCopies > 0 && this.#copiesWithout(unit, gone) < keepCopies;
    });
    for (const row of group) {
      if (isFreed && !isLast) this.#said.set(row.id, nearer);
      else if (!this.#said.has(row.id)) this.#said.set(row.id, isFreed ? "last_copy" : "frees_nothing");
    }
  }

  #whyKept(row: OracleRow, isOver: boolean): string {
    const { olderThanMs, keepLast, minAgeMs } = this.#policy;
    if (isOver) return row.createdMs > this.#world.nowMs - minAgeMs ? "min_age" : "frees_nothing";
    if (olderThanMs === undefined && keepLast === undefined) return "within_caps";
    return olderThanMs !== undefined && !this.#isOld(row) ? "not_older" : "among_last";
  }
}

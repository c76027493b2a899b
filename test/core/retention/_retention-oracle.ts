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
  const said = new Map<number, string>();
  const { rows, nowMs } = world;
  const { olderThanMs, keepLast, keepCopies, minAgeMs } = policy;
  const isDamaged = (row: OracleRow): boolean => Number.isNaN(row.createdMs);
  const isNewer = (one: OracleRow, other: OracleRow): boolean =>
    one.createdMs > other.createdMs || (one.createdMs === other.createdMs && one.id > other.id);
  const stays = (row: OracleRow): boolean => !DROPS.includes(said.get(row.id) ?? "");
  const isInScope = (row: OracleRow): boolean => !isDamaged(row) && !row.outOfScope;
  const oldestFirst = rows.filter((row) => !isDamaged(row)).sort((one, other) => (isNewer(one, other) ? 1 : -1));

  for (const row of rows) {
    if (isDamaged(row)) said.set(row.id, "damaged");
    else if (row.outOfScope) said.set(row.id, "out_of_scope");
    else if (row.pinned) said.set(row.id, "pinned");
    else if (row.leased) said.set(row.id, "leased");
  }

  /** How many copies of a unit are left when some rows are gone as well. */
  const copiesWithout = (unit: string, gone: readonly OracleRow[]): number => {
    const files = new Set<string>();
    for (const row of rows) {
      if (row.unit !== unit || isDamaged(row) || !stays(row) || gone.includes(row)) continue;
      const blob = world.blobs.get(row.place);
      if (blob?.good === true) files.add(blob.file);
    }
    return files.size;
  };

  const isOld = (row: OracleRow): boolean => olderThanMs !== undefined && row.createdMs < nowMs - olderThanMs;
  const isBeyond = (row: OracleRow): boolean => {
    const newer = rows.filter((other) => other.unit === row.unit && isInScope(other) && isNewer(other, row));
    return keepLast !== undefined && newer.length >= keepLast;
  };
  for (const row of oldestFirst) {
    if (said.has(row.id) || (olderThanMs === undefined && keepLast === undefined)) continue;
    if (olderThanMs !== undefined && !isOld(row)) continue;
    if (keepLast !== undefined && !isBeyond(row)) continue;
    const shares = rows.some(
      (other) =>
        other !== row && !isDamaged(other) && stays(other) && other.unit === row.unit && other.place === row.place,
    );
    const mayGo = shares || keepCopies === 0 || copiesWithout(row.unit, [row]) >= keepCopies;
    said.set(row.id, mayGo ? (olderThanMs === undefined ? "beyond_last" : "older_than") : "last_copy");
  }

  /** How often places are named by rows that stay, and by their variants. */
  const namesOf = (some: readonly OracleRow[]): string[] => some.flatMap((row) => [row.place, ...row.variants]);
  const counted = (): Set<string> => new Set(namesOf(rows.filter((row) => isInScope(row) && stays(row))));
  const named = (): Set<string> => new Set(namesOf(rows.filter(stays)));
  const bytesOf = (places: Iterable<string>): number =>
    [...places].reduce((sum, place) => sum + (world.blobs.get(place)?.bytes ?? 0), 0);
  const before = new Set(namesOf(rows));
  const freedPlaces = (): string[] => {
    const left = named();
    return [...before].filter((place) => !left.has(place));
  };
  const freeNow = (): number =>
    world.freeBytes + bytesOf(freedPlaces().filter((place) => world.blobs.get(place)?.inRoot === true));
  const unmet = (): string[] => {
    const found: string[] = [];
    if (policy.maxTotalBytes !== undefined && bytesOf(counted()) > policy.maxTotalBytes) {
      found.push(`max_total_size ${bytesOf(counted())}`);
    }
    if (policy.maxFiles !== undefined && counted().size > policy.maxFiles) found.push(`max_files ${counted().size}`);
    if (policy.minFreeBytes !== undefined && freeNow() < policy.minFreeBytes) found.push(`min_free ${freeNow()}`);
    return found;
  };

  for (const newest of oldestFirst) {
    const over = unmet().map((text) => text.split(" ")[0] ?? "");
    if (over.length === 0) break;
    const { place } = newest;
    if (oldestFirst.some((row) => row.place === place && isNewer(row, newest))) continue;
    if (newest.createdMs > nowMs - minAgeMs) continue;
    const blob = world.blobs.get(place);
    const nearer = over.find((cap) => {
      if (cap === "max_files") return true;
      return (blob?.bytes ?? 0) > 0 && (cap !== "min_free" || blob?.inRoot === true);
    });
    const group = rows.filter((row) => row.place === place && isInScope(row) && stays(row));
    const others = rows.filter((row) => stays(row) && !group.includes(row));
    const isHeld = group.some((row) => ["pinned", "leased"].includes(said.get(row.id) ?? ""));
    const isFreed = nearer !== undefined && !namesOf(others).includes(place) && !isHeld;
    const isLast = group.some((row) => {
      const gone = group.filter(({ unit }) => unit === row.unit);
      return keepCopies > 0 && copiesWithout(row.unit, gone) < keepCopies;
    });
    for (const row of group) {
      if (isFreed && !isLast) said.set(row.id, nearer);
      else if (!said.has(row.id)) said.set(row.id, isFreed ? "last_copy" : "frees_nothing");
    }
  }

  const isOver = unmet().length > 0;
  for (const row of rows.filter(({ id }) => !said.has(id))) {
    if (isOver) said.set(row.id, row.createdMs > nowMs - minAgeMs ? "min_age" : "frees_nothing");
    else if (olderThanMs === undefined && keepLast === undefined) said.set(row.id, "within_caps");
    else said.set(row.id, olderThanMs !== undefined && !isOld(row) ? "not_older" : "among_last");
  }
  return {
    reasons: rows.map(({ id }) => said.get(id) ?? ""),
    freed: { files: freedPlaces().length, bytes: bytesOf(freedPlaces()) },
    unmet: unmet(),
  };
}

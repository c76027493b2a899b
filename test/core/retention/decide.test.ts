import { describe, expect, test } from "vitest";
import type { CompletePolicy } from "../../../src/core/retention/policy.ts";
import { createRandomChooser } from "../../../src/testing/simulation/chooser.ts";
import { roundsOf, SEED } from "../../sampling.ts";
import { askOracle, type OracleBlob, type OracleRow, type OracleWorld } from "./_retention-oracle.ts";
import { decideAndLook } from "./_retention-world.ts";

const HOUR = 3_600_000;
const NOW = Date.parse("2026-06-01T00:00:00.000Z");

/** Chooses by one seed. */
class Dice {
  readonly #chooser: ReturnType<typeof createRandomChooser>;

  constructor(seed: number) {
    this.#chooser = createRandomChooser(seed);
  }

  below(count: number): number {
    return this.#chooser.choose(count);
  }

  chance(probability: number): boolean {
    return this.below(1000) < probability * 1000;
  }

  maybe<Value>(probability: number, value: () => Value): Value | undefined {
    return this.chance(probability) ? value() : undefined;
  }
}

function randomWorld(dice: Dice): OracleWorld {
  const places = Array.from({ length: 1 + dice.below(12) }, (_, at) => `place-${at}`);
  const wellKept = dice.chance(0.5);
  const blobs = new Map<string, OracleBlob>();
  for (const [at, place] of places.entries()) {
    const good = wellKept || dice.chance(0.7);
    const file = at > 0 && dice.chance(0.25) ? `file-${dice.below(at)}` : `file-${at}`;
    blobs.set(place, { bytes: dice.below(5) * 10, good, file, inRoot: dice.chance(0.8) });
  }
  const place = (): string => places[dice.below(places.length)] ?? "";
  const units = 1 + dice.below(5);
  const holds = dice.chance(0.5) ? 0.15 : 0;
  const rows = Array.from({ length: dice.below(16) }, (_, at): OracleRow => {
    // Few moments, so that many rows have the same one; some are in the future.
    const createdMs = dice.chance(holds / 3) ? Number.NaN : NOW + (4 - dice.below(24)) * HOUR;
    return {
      id: at * 2 - 3,
      unit: `unit-${dice.below(units)}`,
      place: place(),
      createdMs,
      outOfScope: dice.chance(holds),
      pinned: dice.chance(holds),
      leased: dice.chance(holds),
      variants: Array.from({ length: dice.chance(0.3) ? dice.below(3) : 0 }, place),
    };
  });
  return { rows, blobs, nowMs: NOW, freeBytes: dice.below(5) * 10 };
}

function randomPolicy(dice: Dice): CompletePolicy {
  const cap = dice.chance(0.5) ? 0.4 : 0;
  return {
    olderThanMs: dice.maybe(0.5, () => dice.below(20) * HOUR),
    keepLast: dice.maybe(0.4, () => dice.below(4)),
    maxTotalBytes: dice.maybe(cap, () => dice.below(15) * 10),
    maxFiles: dice.maybe(cap, () => dice.below(8)),
    minFreeBytes: dice.maybe(cap, () => dice.below(15) * 10),
    minAgeMs: dice.below(12) * HOUR,
    keepCopies: dice.below(4),
  };
}

describe("a decision about random catalogs", () => {
  test("is that of the brute force", () => {
    const met = new Set<string>();
    for (let run = 0; run < roundsOf("RETENTION_ROUNDS", 600); run++) {
      const seed = SEED * 1_000_003 + run;
      const dice = new Dice(seed);
      const [world, policy] = [randomWorld(dice), randomPolicy(dice)];
      const { reasons, freed, unmet } = decideAndLook(world, policy);
      const expected = askOracle(world, policy);
      if (JSON.stringify({ reasons, freed, unmet }) !== JSON.stringify(expected)) {
        expect({ reasons, freed, unmet, seed, world, policy }).toEqual({ ...expected, seed, world, policy });
      }
      for (const reason of expected.reasons) met.add(reason);
    }
    // All that can be said was said.
    expect(met.size).toBe(15);
  });

  test("is not that of who counts a copy for each row", () => {
    const policy: CompletePolicy = { olderThanMs: HOUR, minAgeMs: 0, keepCopies: 1 };
    const worlds = Array.from({ length: 50 }, (_, run) => randomWorld(new Dice(SEED * 1_000_003 + run)));
    const wrong = worlds.filter((world) => {
      const { reasons } = decideAndLook(withBlobForEachRow(world), policy);
      return JSON.stringify(reasons) !== JSON.stringify(askOracle(world, policy).reasons);
    });
    expect(wrong).not.toEqual([]);
  });
});

/** The same catalog as it seems to who does not see that rows share blobs, and names a file. */
function withBlobForEachRow(world: OracleWorld): OracleWorld {
  const blobs = new Map(world.blobs);
  const rows = world.rows.map((row): OracleRow => {
    const place = `${row.place} of ${row.id}`;
    const blob = world.blobs.get(row.place);
    if (blob !== undefined) blobs.set(place, { ...blob, file: place });
    return { ...row, place };
  });
  return { ...world, rows, blobs };
}

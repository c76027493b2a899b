import {
  type Circumstances,
  decideRetention,
  REASONS,
  type RetentionDecision,
} from "../../../src/core/retention/decide.ts";
import type { CompletePolicy } from "../../../src/core/retention/policy.ts";
import { BLOB_STATES, type RetentionInput, ROW_FLAGS } from "../../../src/core/retention/retention-rows.ts";
import type { OracleAnswer, OracleRow, OracleWorld } from "./_retention-oracle.ts";

/** A catalog as numbers; nobody has looked at any blob. */
export function inputOf({ rows, blobs }: OracleWorld): RetentionInput {
  const units = [...new Set(rows.map(({ unit }) => unit))];
  const places = [...blobs.keys()];
  const placeOf = (place: string): number => places.indexOf(place);
  const variants = rows.flatMap((row, at) => row.variants.map((place) => [at, placeOf(place)] as const));
  return {
    rows: {
      size: rows.length,
      ids: Float64Array.from(rows, ({ id }) => id),
      createdMs: Float64Array.from(rows, ({ createdMs }) => createdMs),
      units: Int32Array.from(rows, ({ unit, createdMs }) => (Number.isNaN(createdMs) ? -1 : units.indexOf(unit))),
      blobs: Int32Array.from(rows, ({ place }) => placeOf(place)),
      flags: Uint8Array.from(rows, flagsOf),
      unitCount: units.length,
    },
    variants: {
      size: variants.length,
      rows: Int32Array.from(variants, ([row]) => row),
      blobs: Int32Array.from(variants, ([, blob]) => blob),
    },
    blobs: {
      size: places.length,
      bytes: Float64Array.from(blobs.values(), ({ bytes }) => bytes),
      states: new Uint8Array(places.length),
      files: Int32Array.from(places.keys()),
      inRoot: Uint8Array.from(blobs.values(), ({ inRoot }) => Number(inRoot)),
    },
  };
}

function flagsOf({ createdMs, outOfScope, pinned, leased }: OracleRow): number {
  const bits = [Number.isNaN(createdMs) && ROW_FLAGS.damaged, outOfScope && ROW_FLAGS.outOfScope];
  return [...bits, pinned && ROW_FLAGS.pinned, leased && ROW_FLAGS.leased].reduce<number>(
    (all, bit) => all | Number(bit),
    0,
  );
}

/** Decides, looks at what that asks for, and decides again until it asks for nothing; how many blobs were looked at. */
export function decideAndLook(
  world: OracleWorld,
  policy: CompletePolicy,
): OracleAnswer & { readonly looks: number; readonly rounds: number } {
  const input = inputOf(world);
  const places = [...world.blobs.keys()];
  const { nowMs, freeBytes } = world;
  const files = new Map<string, number>();
  let [looks, rounds] = [0, 0];
  for (;;) {
    const circumstances: Circumstances = { nowMs, freeBytes, askAtLeast: 2 ** rounds };
    const decision = decideRetention(input, policy, circumstances);
    if (decision.asks.length === 0) return { ...answerOf(decision), looks, rounds };
    rounds += 1;
    for (const blob of decision.asks) {
      looks += 1;
      const { good = false, file = "" } = world.blobs.get(places[blob] ?? "") ?? {};
      input.blobs.states[blob] = good ? BLOB_STATES.good : BLOB_STATES.bad;
      if (!good) continue;
      const first = files.get(file) ?? blob;
      files.set(file, first);
      input.blobs.files[blob] = first;
    }
  }
}

/** A decision in words. */
export function answerOf({ reasons, freed, unmet }: RetentionDecision): OracleAnswer {
  return {
    reasons: Array.from(reasons, (code) => REASONS[code] ?? `code ${code}`),
    freed,
    unmet: unmet.map(({ cap, remaining }) => `${cap} ${remaining}`),
  };
}

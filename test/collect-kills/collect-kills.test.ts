import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Layout } from "../../src/core/naming/layout.ts";
import { createRandomChooser } from "../../src/testing/simulation/chooser.ts";
import { roundsOf, SEED } from "../sampling.ts";
import { runRound } from "./round.ts";

/** For each layout. */
const ROUNDS = Math.ceil(roundsOf("COLLECT_ROUNDS", 2) / 2);

/** How often each process stores or removes something. */
const STEPS = 20;

it.each<Layout>(["cas", "policy_path"])(
  "five processes that store and remove lose nothing to collectors that are killed, in layout %s",
  async (layout) => {
    let [kills, collected] = [0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const { choose } = createRandomChooser(SEED * 1000 + round);
      const folder = await mkdtemp(join(tmpdir(), "content-catalog-collect-"));
      try {
        const some = { hasOtherCollector: choose(2) === 0, killsWriter: choose(3) === 0 };
        const result = await runRound({ layout, folder, choose, steps: STEPS, ...some });
        const about = `seed ${SEED}, round ${round}, ${JSON.stringify(some)}`;
        expect(result.findings.map((text) => `${about}: ${text}`)).toEqual([]);
        kills += result.kills;
        collected += result.collected;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
    process.stdout.write(`${layout}: ${ROUNDS} rounds, ${kills} collectors killed, ${collected} lines done\n`);
    expect(kills).toBeGreaterThan(0);
  },
);

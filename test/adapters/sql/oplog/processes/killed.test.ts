import { describe, it } from "vitest";
import { inTemporaryFolder } from "../_engine-world.ts";
import { tryKills } from "./_kill-rounds.ts";
import { useWriters } from "./_writers.ts";

/** Set by npm run simulate -- --kills. */
const ROUNDS = Number(process.env["KILL_ROUNDS"] ?? 25);
const SEED = Number(process.env["SIMULATE_SEED"] ?? Date.now());

useWriters();

describe("four processes of which one is killed at a random moment", () => {
  it(`lose no acknowledged row, and no lock keeps them out, in ${ROUNDS} rounds (seed ${SEED})`, async () => {
    await inTemporaryFolder(async (folder, fs) => {
      const { slowestMs } = await tryKills({ fs, folder, rounds: ROUNDS, seed: SEED });
      process.stdout.write(`${ROUNDS} rounds; the slowest row took ${slowestMs} ms\n`);
    });
  }, 3_600_000);
});

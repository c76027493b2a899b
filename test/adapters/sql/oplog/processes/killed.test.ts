import { describe, it } from "vitest";
import { roundsOf, SEED } from "../../../../sampling.ts";
import { inTemporaryFolder } from "../_engine-world.ts";
import { tryKills } from "./_kill-rounds.ts";
import { useWriters } from "./_writers.ts";

const ROUNDS = roundsOf("KILL_ROUNDS", 6);

useWriters();

describe("four processes of which one is killed at a random moment", () => {
  it(`lose no acknowledged row, and no lock keeps them out, in ${ROUNDS} rounds`, async () => {
    await inTemporaryFolder(async (folder, fs) => {
      const { slowestMs } = await tryKills({ fs, folder, rounds: ROUNDS, seed: SEED });
      process.stdout.write(`${ROUNDS} rounds; the slowest row took ${slowestMs} ms\n`);
    });
  }, 3_600_000);
});

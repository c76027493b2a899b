/*
 * npm run simulate: the long form of the engine's simulation. It runs seeds until it has seen enough distinct disks
 * that a power failure left, or until something breaks a promise, and prints the count.
 *
 *   node scripts/simulate.mjs                     4,000 rounds of each kind, about 100,000 surviving disks
 *   node scripts/simulate.mjs --rounds 100 --seed 7
 *   node scripts/simulate.mjs --mutants           looks for each dropped rule with up to 5,000 rounds
 *   node scripts/simulate.mjs --power 100         real power cuts on ext4, xfs and btrfs, so many for each test; needs
 *                                                 root and what .ci/run installs
 *   node scripts/simulate.mjs --kills 200         real processes, one of four killed in each round. A process killed
 *                                                 while it takes the lock can keep the others out for a minute, which
 *                                                 fails such a round: open
 */
import { prepare } from "./prepare.mjs";
import { runMain, runTool } from "./run-command.mjs";

const folder = "test/adapters/sql/oplog/simulation";

function option(name, otherwise) {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
}

await runMain(() => {
  const mutants = process.argv.includes("--mutants");
  process.env.SIMULATE_SEED = option("--seed", "100000");
  process.env.SIMULATE_ROUNDS = option("--rounds", "4000");
  process.env.SIMULATE_MUTANT_ROUNDS = option("--rounds", "5000");
  if (process.argv.includes("--power")) {
    process.env.POWER_CUTS = option("--power", "100");
    process.env.SIMULATE_SEED = option("--seed", "1");
    prepare({ build: true });
    runTool("vitest/vitest.mjs", ["run", "test/power-loss"]);
    return;
  }
  if (process.argv.includes("--kills")) {
    process.env.LONG_TESTS = "1";
    process.env.KILL_ROUNDS = option("--kills", "200");
    runTool("vitest/vitest.mjs", ["run", "test/adapters/sql/oplog/processes.long.ts"]);
    return;
  }
  runTool("vitest/vitest.mjs", ["run", `${folder}/${mutants ? "mutants" : "simulation"}.test.ts`]);
});

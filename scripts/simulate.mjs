/*
 * npm run simulate: the long form of the engine's simulation. It runs seeds until it has seen enough distinct disks
 * that a power failure left, or until something breaks a promise, and prints the count.
 *
 *   node scripts/simulate.mjs                     100,000 distinct surviving disks, about ten minutes of one core
 *   node scripts/simulate.mjs --contents 5000 --seed 7
 *   node scripts/simulate.mjs --replay SCHEDULE   every step of what was found, and what came of it
 *   node scripts/simulate.mjs --locks 5000        schedules of the lock alone
 *   node scripts/simulate.mjs --fuzz 20000        damaged files
 *
 * And with real processes, of which --power, --kills and --faults need what .ci/run installs:
 *
 *   node scripts/simulate.mjs --power 100         power cuts on ext4, xfs and btrfs, so many for each test; as root
 *   node scripts/simulate.mjs --kills 1000        one of four killed in each round; and a fifth as many on exfat and on ntfs
 *   node scripts/simulate.mjs --stops 100         one stopped until its lock is taken from it
 *   node scripts/simulate.mjs --robs 100          four that take the lock from each other all the time
 *   node scripts/simulate.mjs --faults            each system call in turn fails, until a run needs no more; 4 minutes
 */
import { prepare } from "./prepare.mjs";
import { runMain, runTool } from "./run-command.mjs";

const ENGINE = "test/adapters/sql/oplog";
/** Not in place of the counts of `npm test`. */
const OUTPUT = "--outputFile.json=.cache/simulation-results.json";

/**
 * The variable that says how many, how many by default, where the tests are, and the first seed unless the tests choose
 * it themselves.
 */
const OTHERS = {
  "--power": ["POWER_CUTS", "100", "test/power-loss", "1"],
  "--kills": ["KILL_ROUNDS", "1000", "/killed.test.ts"],
  "--locks": ["LOCK_SCHEDULES", "5000", `${ENGINE}/lock/schedules.test.ts`, "1"],
  "--stops": ["STOP_ROUNDS", "100", `${ENGINE}/processes/stopped.test.ts`],
  "--robs": ["ROB_ROUNDS", "100", `${ENGINE}/processes/robbed.test.ts`],
  "--faults": ["FAULT_CALLS", "1000", `${ENGINE}/processes/strace.test.ts`],
  "--fuzz": ["FUZZ_RUNS", "20000", `${ENGINE}/fuzz`, String(Date.now())],
};

function option(name, otherwise) {
  const value = process.argv[process.argv.indexOf(name) + 1];
  return process.argv.includes(name) && value !== undefined && !value.startsWith("--") ? value : otherwise;
}

function simulate(files) {
  runTool("vitest/vitest.mjs", ["run", files, "--testTimeout=7200000", OUTPUT]);
}

await runMain(() => {
  for (const [flag, [variable, count, files, seed]] of Object.entries(OTHERS)) {
    if (!process.argv.includes(flag)) continue;
    process.env[variable] = option(flag, count);
    const chosen = option("--seed", seed);
    if (chosen !== undefined) process.env.SIMULATE_SEED = chosen;
    if (flag === "--power") prepare({ build: true });
    simulate(files);
    return;
  }
  process.env.SIMULATE_SEED = option("--seed", "1000");
  process.env.SIMULATE_CONTENTS = option("--contents", "100000");
  const schedule = option("--replay");
  if (schedule !== undefined) process.env.SIMULATE_REPLAY = schedule;
  simulate(`${ENGINE}/simulation/exploration.test.ts`);
});

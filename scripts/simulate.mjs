/*
 * npm run simulate: the whole form of what `npm test` tries a sample of. A seed chooses; it is printed.
 *
 *   node scripts/simulate.mjs                     100,000 distinct surviving disks, about ten minutes of one core, and
 *                                                 2,000 schedules of a catalog beside collectors, two minutes
 *   node scripts/simulate.mjs --contents 5000 --seed 7
 *   node scripts/simulate.mjs --replay SCHEDULE   every step of what was found, and what came of it
 *   node scripts/simulate.mjs --sweeps            each step of each work is where the power fails, or the device, or
 *                                                 another comes in between; and each file operation fails; 2 minutes
 *   node scripts/simulate.mjs --catalog 20000     schedules of all that leads to a row beside collectors, for each layout,
 *                                                 and each step of each scene of a mutant without it
 *   node scripts/simulate.mjs --retention 20000   random catalogs and policies, decided as a brute force decides
 *   node scripts/simulate.mjs --locks 5000        schedules of the lock alone
 *   node scripts/simulate.mjs --fuzz 20000        damaged files
 *   node scripts/simulate.mjs --corpora           imports of twelve corpora, of which `npm test` has one of each size
 *
 * And with real processes, of which --power, --kills and --faults need what .ci/run installs:
 *
 *   node scripts/simulate.mjs --power 100         power cuts on ext4, xfs and btrfs, so many for each test; as root
 *   node scripts/simulate.mjs --kills 1000        one of four writers killed in each round; a fifth as many on exfat and
 *                                                 on ntfs, a twenty-fifth of imports, a fiftieth of adding; and an
 *                                                 import is killed at each moment of writing the catalog
 *   node scripts/simulate.mjs --collections 100   five processes that store and remove beside collectors that are killed
 *   node scripts/simulate.mjs --stops 100         one stopped until its lock is taken from it
 *   node scripts/simulate.mjs --takeovers 100     four that take the lock from each other all the time
 *   node scripts/simulate.mjs --faults            each system call in turn fails, until a run needs no more; 4 minutes
 *
 * Several of them run together: node scripts/simulate.mjs --kills 200 --stops 10 --faults
 */
import { prepare } from "./prepare.mjs";
import { runMain, runTool } from "./run-command.mjs";

const ENGINE = "test/adapters/sql/oplog";
/** Not in place of the counts of `npm test`. */
const OUTPUT = "--outputFile.json=.cache/simulation-results.json";

/** The variable that says how many, how many by default, and where the tests are. */
const FORMS = {
  "--contents": [
    "SIMULATE_CONTENTS",
    "100000",
    `${ENGINE}/simulation/exploration.test.ts`,
    "test/catalog/collect/collect-power-loss.test.ts",
  ],
  // Each step, and not one in so many.
  "--sweeps": [
    "SWEEP_STRIDE",
    "1",
    ...["sweep", "durability", "newer-schema"].map((name) => `${ENGINE}/simulation/${name}.test.ts`),
    `${ENGINE}/faults.test.ts`,
    "test/catalog/ingest/faults.test.ts",
    "test/catalog/collect/collect-faults.test.ts",
    "test/catalog/dedup/apply-dedup.test.ts",
    "test/catalog/files/kept-while-read.test.ts",
    "test/catalog/restore/restore-faults.test.ts",
    "test/catalog/repair/repair-faults.test.ts",
    "test/catalog/ingest/move.test.ts",
  ],
  "--catalog": [
    "CATALOG_SCHEDULES",
    "2000",
    "test/catalog/simulation",
    "test/catalog/verify/simulation",
    "test/catalog/retention/simulation",
  ],
  "--retention": ["RETENTION_ROUNDS", "20000", "test/core/retention/decide.test.ts"],
  "--locks": ["LOCK_SCHEDULES", "5000", `${ENGINE}/lock/schedules.test.ts`],
  "--fuzz": ["FUZZ_RUNS", "20000", `${ENGINE}/fuzz`],
  "--power": ["POWER_CUTS", "100", "test/power-loss"],
  "--corpora": ["CORPORA", "12", "test/corpus/import.test.ts"],
  "--kills": [
    "KILL_ROUNDS",
    "1000",
    "/killed.test.ts",
    "test/corpus/kill-import",
    ...["add", "interruption"].map((name) => `test/acceptance/${name}.test.ts`),
  ],
  "--collections": ["COLLECT_ROUNDS", "100", "test/collect-kills"],
  "--stops": ["STOP_ROUNDS", "100", `${ENGINE}/processes/stopped.test.ts`],
  "--takeovers": ["TAKEOVER_ROUNDS", "100", `${ENGINE}/processes/taken-over.test.ts`],
  "--faults": ["FAULT_CALLS", "1000", `${ENGINE}/processes/strace.test.ts`],
};

function option(name, otherwise) {
  const value = process.argv[process.argv.indexOf(name) + 1];
  return process.argv.includes(name) && value !== undefined && !value.startsWith("--") ? value : otherwise;
}

await runMain(() => {
  const asked = Object.keys(FORMS).filter((flag) => process.argv.includes(flag));
  const env = {};
  const seed = option("--seed");
  if (seed !== undefined) env.SIMULATE_SEED = seed;
  const schedule = option("--replay");
  if (schedule !== undefined) env.SIMULATE_REPLAY = schedule;
  const tests = (asked.length > 0 ? asked : ["--contents", "--catalog"]).flatMap((flag) => {
    const [variable, count, ...files] = FORMS[flag];
    env[variable] = option(flag, count);
    return files;
  });
  prepare({ build: true });
  runTool("vitest/vitest.mjs", ["run", ...tests, "--testTimeout=7200000", OUTPUT], { env });
});

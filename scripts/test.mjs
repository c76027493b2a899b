/*
 * npm test: installs and builds what is needed, then runs the tests.
 *
 *   npm test                       all tests, with coverage and its thresholds
 *   npm test -- test/core          some tests; arguments go to vitest, and coverage is not asked for
 *
 * Suites that need what this machine lacks are left out, and named at the end; with REQUIRE_ALL_COMPONENTS=1 they fail.
 * Of what is long by nature a sample is tried, which a seed chooses; it is printed, and SIMULATE_SEED gives it again.
 * npm run simulate tries all of it.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { prepare } from "./prepare.mjs";
import { ROOT, runMain, runTool } from "./run-command.mjs";

/** Where the suites that are left out write a line each. */
const LEFT_OUT_FILE = join(ROOT, ".cache", `left-out-${process.pid}.txt`);

function reportLeftOut() {
  if (!existsSync(LEFT_OUT_FILE)) return;
  const suites = readFileSync(LEFT_OUT_FILE, "utf8").trimEnd().split("\n");
  rmSync(LEFT_OUT_FILE);
  process.stdout.write(`\nLeft out ${suites.length === 1 ? "one suite" : `${suites.length} suites`}:\n`);
  for (const suite of suites.sort()) process.stdout.write(`  ${suite}\n`);
}

await runMain(() => {
  const chosen = process.argv.slice(2);
  prepare({ build: true });
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  try {
    const args = chosen.length > 0 ? ["run", ...chosen] : ["run", "--coverage"];
    runTool("vitest/vitest.mjs", args, { env: { LEFT_OUT_FILE } });
  } finally {
    reportLeftOut();
  }
});

/*
 * npm test: installs and builds what is needed, then runs the tests.
 *
 *   npm test                       all tests, with coverage and its thresholds
 *   npm test -- test/core          some tests; arguments go to vitest, and coverage is not asked for
 */
import { prepare } from "./prepare.mjs";
import { runMain, runTool } from "./run-command.mjs";

await runMain(() => {
  const chosen = process.argv.slice(2);
  prepare({ build: true });
  runTool("vitest/vitest.mjs", chosen.length > 0 ? ["run", ...chosen] : ["run", "--coverage"]);
});

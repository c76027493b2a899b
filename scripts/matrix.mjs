/*
 * npm run matrix: the suites that every runtime runs, in each of them, and those in which they work together. Prints a
 * table of suite x runtime with the number of tests that passed, and one of what they covered of the files that only
 * that runtime runs; exit code 1 when a test failed, a runtime ran none, or too little of a file was covered.
 * The other tests run on the Node that starts them: npm test.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { COVERAGE_DIRECTORY_VARIABLE } from "./coverage-legs.mjs";
import { findDeno, installRuntimes, PROGRAMS } from "./install-runtimes.mjs";
import { countCases, formatFailures, formatMatrix } from "./matrix-report.mjs";
import { prepare } from "./prepare.mjs";
import { CommandFailed, ROOT, run, runMain } from "./run-command.mjs";

const RESULTS = join(ROOT, ".cache", "matrix");
const COVERAGE = join(RESULTS, "coverage");
const VITEST = join(ROOT, "node_modules", "vitest", "vitest.mjs");

function vitest(program, args, { env } = {}) {
  return (report) => run(program, [VITEST, "run", ...args, "--reporter=junit", `--outputFile=${report}`], { env });
}

/** For legs whose tests find out themselves what they covered. */
const MEASURED = { env: { [COVERAGE_DIRECTORY_VARIABLE]: COVERAGE } };

/** The Node that runs this script comes first; it needs no installing. */
const LEGS = [
  [`Node ${process.versions.node.split(".")[0]}`, vitest(process.execPath, ["test/runtimes/node"])],
  ["Node 22", vitest(join(PROGRAMS, "node-22/bin/node"), ["test/runtimes/node"])],
  ["Node 24", vitest(join(PROGRAMS, "node-24/bin/node"), ["test/runtimes/node"])],
  ["Deno", testDeno],
  ["Bun", testBun],
  ["workerd", vitest(process.execPath, ["--root", ROOT, "-c", "test/runtimes/workerd/vitest.config.ts"], MEASURED)],
  ["Chromium", vitest(process.execPath, ["--root", ROOT, "-c", "test/runtimes/chromium/vitest.config.ts"], MEASURED)],
  ["examples", vitest(process.execPath, ["--root", ROOT, "-c", "test/examples/vitest.config.ts"])],
  ["together", vitest(process.execPath, ["--root", ROOT, "-c", "test/runtimes/together/vitest.config.ts"])],
];

/** Where a leg that runs twice writes its second report. */
function withSuffix(report, suffix) {
  return report.replace(/\.xml$/, `-${suffix}.xml`);
}

/** Most tests have the permissions that users are told to give; those that need more run beside them. */
function testDeno(report) {
  const deno = findDeno();
  const raw = join(RESULTS, "deno");
  const test = (permissions, names, junit) => {
    const flags = ["--quiet", "--no-prompt", "--no-check", "--reporter=dot", "--coverage-raw-data-only"];
    const files = names.map((name) => `./test/runtimes/deno/${name}.ts`);
    run(deno, ["test", ...flags, `--coverage=${raw}`, `--junit-path=${junit}`, ...permissions, ...files]);
  };
  test(["--allow-read", "--allow-write"], ["contract", "permissions"], report);
  test(["--allow-net=127.0.0.1,localhost"], ["http"], withSuffix(report, "http"));
  test(["--allow-all"], ["permitted"], withSuffix(report, "more"));
  run(deno, ["coverage", "--quiet", "--include=/src/", "--lcov", `--output=${join(COVERAGE, "deno.lcov")}`, raw]);
}

function testBun(report) {
  const flags = ["--only-failures", "--reporter=junit", `--reporter-outfile=${report}`];
  const measured = ["--preload", "./test/runtimes/bun/coverage.mjs"];
  run(
    join(PROGRAMS, "bun/bin/bun"),
    ["test", ...flags, ...measured, "./test/runtimes/bun/contract.ts", "./test/runtimes/bun/http.ts"],
    MEASURED,
  );
}

/** Runs a leg; gives its counts, and whether all went well. */
function runLeg([column, start], index) {
  const report = join(RESULTS, `${index}.xml`);
  process.stdout.write(`\n== ${column}\n`);
  let passed = true;
  try {
    start(report);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    process.stderr.write(`${error.message}\n`);
    passed = false;
  }
  const reports = [report, withSuffix(report, "http"), withSuffix(report, "more")].filter((path) => existsSync(path));
  const cases = reports.flatMap((path) => countCases(readFileSync(path, "utf8"), column));
  if (cases.length === 0) process.stderr.write(`${column} ran no test\n`);
  process.stderr.write(formatFailures(cases));
  return { cases, passed: passed && cases.length > 0 };
}

/** Prints what the legs covered; says whether it is enough. */
async function reportCoverage() {
  const { formatCoverage, isCovered, readCoverage } = await import("../test/runtimes/coverage/report.mjs");
  const rows = readCoverage(COVERAGE);
  process.stdout.write(`\n${formatCoverage(rows)}`);
  return rows.every(isCovered);
}

await runMain(async () => {
  prepare({ build: true });
  installRuntimes();
  rmSync(RESULTS, { recursive: true, force: true });
  mkdirSync(COVERAGE, { recursive: true });
  const legs = LEGS.map(runLeg);
  process.stdout.write(`\n${formatMatrix(legs.flatMap(({ cases }) => cases))}`);
  const isEnough = await reportCoverage();
  if (!isEnough || !legs.every(({ passed }) => passed)) process.exitCode = 1;
});

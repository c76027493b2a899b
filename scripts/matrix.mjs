/*
 * npm run matrix: the suites that every runtime runs, in each of them, and those in which they work together. Prints a
 * table of suite x runtime with the number of tests that passed; exit code 1 when one failed, or a runtime ran none.
 * The other tests run on the Node that starts them: npm test.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { countCases, formatMatrix } from "./matrix-report.mjs";
import { prepare } from "./prepare.mjs";
import { CommandFailed, ROOT, run, runMain } from "./run-command.mjs";

const RUNTIMES = join(ROOT, "test", "runtimes");
const PROGRAMS = join(RUNTIMES, "node_modules");
const RESULTS = join(ROOT, ".cache", "matrix");
const VITEST = join(ROOT, "node_modules", "vitest", "vitest.mjs");

function vitest(program, args) {
  return (report) => run(program, [VITEST, "run", ...args, "--reporter=junit", `--outputFile=${report}`]);
}

/** The Node that runs this script comes first; it needs no installing. */
const LEGS = [
  [`Node ${process.versions.node.split(".")[0]}`, vitest(process.execPath, ["test/runtimes/node"])],
  ["Node 22", vitest(join(PROGRAMS, "node-22/bin/node"), ["test/runtimes/node"])],
  ["Node 24", vitest(join(PROGRAMS, "node-24/bin/node"), ["test/runtimes/node"])],
  ["Deno", testDeno],
  ["Bun", testBun],
  ["workerd", vitest(process.execPath, ["--root", ROOT, "-c", "test/runtimes/workerd/vitest.config.ts"])],
  ["Chromium", vitest(process.execPath, ["test/runtimes/chromium"])],
  ["examples", vitest(process.execPath, ["--root", ROOT, "-c", "test/examples/vitest.config.ts"])],
  ["together", vitest(process.execPath, ["--root", ROOT, "-c", "test/runtimes/together/vitest.config.ts"])],
];

function testDeno(report) {
  const flags = ["--quiet", "--no-prompt", "--no-check", "--allow-read", "--allow-write", "--reporter=dot"];
  run(join(PROGRAMS, "deno/deno"), [
    "test",
    ...flags,
    `--junit-path=${report}`,
    "./test/runtimes/deno/contract.ts",
    "./test/runtimes/deno/permissions.ts",
  ]);
}

function testBun(report) {
  const flags = ["--only-failures", "--reporter=junit", `--reporter-outfile=${report}`];
  run(join(PROGRAMS, "bun/bin/bun"), ["test", ...flags, "./test/runtimes/bun/contract.ts"]);
}

function isInstalled() {
  const installedPath = join(PROGRAMS, ".package-lock.json");
  if (!existsSync(installedPath)) return false;
  const { packages: installed } = JSON.parse(readFileSync(installedPath, "utf8"));
  const { packages: locked } = JSON.parse(readFileSync(join(RUNTIMES, "package-lock.json"), "utf8"));
  // What is optional for a package is for other platforms, as a rule; what we ask for ourselves is not.
  const { dependencies, optionalDependencies } = locked[""];
  const wanted = new Set(
    Object.keys({ ...dependencies, ...optionalDependencies }).map((name) => `node_modules/${name}`),
  );
  return Object.entries(locked).every(
    ([path, entry]) =>
      path === "" || (entry.optional && !wanted.has(path)) || installed[path]?.version === entry.version,
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
  const cases = existsSync(report) ? countCases(readFileSync(report, "utf8"), column) : [];
  if (cases.length === 0) process.stderr.write(`${column} ran no test\n`);
  return { cases, passed: passed && cases.length > 0 };
}

await runMain(() => {
  prepare({ build: true });
  if (!isInstalled()) run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: RUNTIMES });
  rmSync(RESULTS, { recursive: true, force: true });
  mkdirSync(RESULTS, { recursive: true });
  const legs = LEGS.map(runLeg);
  process.stdout.write(`\n${formatMatrix(legs.flatMap(({ cases }) => cases))}`);
  if (!legs.every(({ passed }) => passed)) process.exitCode = 1;
});

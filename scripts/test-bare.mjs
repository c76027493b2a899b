/*
 * node scripts/test-bare.mjs [RESULTS]: the demo, and the tests that start programs, as on a machine with nothing but
 * Node and npm. Fails when one of them does, when a suite is left out without a word, and when a component was found.
 * RESULTS is what a run with all components wrote (.cache/test-results.json): each of its suites must be there again, or
 * be left out.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { CommandFailed, ROOT, runMain } from "./run-command.mjs";

/** npm runs its scripts with the shell. */
const PROGRAMS = ["node", "npm", "npx", "sh"];
/** Components that these programs are, and who runs them. */
const PRESENT = [
  ...["sh", "npx"],
  ...(process.getuid?.() === 0 ? ["root"] : []),
  ...(existsSync("/proc/thread-self/stat") ? ["proc"] : []),
];
const STARTS_PROGRAMS = /components\.ts|node:child_process/;
const BARE_RESULTS = ".cache/bare-results.json";

/** Makes a folder with the programs of {@link PROGRAMS} and no others. */
function makeBarePath() {
  const folder = mkdtempSync(join(tmpdir(), "content-catalog-bare-"));
  for (const name of PROGRAMS) {
    const found = process.env.PATH.split(delimiter).find((path) => existsSync(join(path, name)));
    if (found === undefined) throw new Error(`Cannot make a bare machine: "${name}" is not there`);
    symlinkSync(join(found, name), join(folder, name));
  }
  return folder;
}

function findTests() {
  return readdirSync(join(ROOT, "test"), { recursive: true })
    .map((name) => `test/${name}`)
    .filter((path) => path.endsWith(".test.ts") && STARTS_PROGRAMS.test(readFileSync(join(ROOT, path), "utf8")));
}

/** Runs npm on a bare machine, and gives what it printed. @throws {CommandFailed} */
async function runNpm(args) {
  const path = makeBarePath();
  const { REQUIRE_ALL_COMPONENTS, ...env } = process.env;
  const child = spawn("npm", args, { cwd: ROOT, env: { ...env, PATH: path }, stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    printed += text;
    process.stdout.write(text);
  });
  const [exitCode] = await once(child, "close");
  rmSync(path, { recursive: true });
  if (exitCode !== 0) throw new CommandFailed(`npm ${args[0]} on a bare machine`, exitCode);
  return printed;
}

/** The tests of a report of vitest, each with its file, its outermost suite and what became of it. */
function readResults(path) {
  const { testResults } = JSON.parse(readFileSync(join(ROOT, path), "utf8"));
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status }) => {
      const file = relative(ROOT, name);
      return { file, suite: ancestorTitles[0] ?? title, ancestors: ancestorTitles, title, status };
    }),
  );
}

/** What is wrong with a run that passed. */
function findFaults(printed, complete) {
  const results = readResults(BARE_RESULTS);
  const skipped = results.filter(({ title, status }) => status !== "passed" && title.startsWith("it needs "));
  const faults = skipped
    .map(({ file, ancestors, title }) => `${file}: ${ancestors.at(-1)}: ${title}`)
    .filter((line) => !printed.includes(`  ${line}\n`))
    .map((line) => `It was not told at the end that this is left out: ${line}`);
  const components = [...readFileSync(join(ROOT, "test/components.ts"), "utf8").matchAll(/^ {2}\| "([\w-]+)"/gm)];
  for (const [, component] of components) {
    const isLeftOut = skipped.some(({ title }) => title.startsWith(`it needs ${component}:`));
    if (isLeftOut === PRESENT.includes(component))
      faults.push(`The component ${component} was ${isLeftOut ? "not " : ""}found`);
  }
  const there = new Set(results.map(({ file, suite }) => `${file}: ${suite}`));
  const files = new Set(results.map(({ file }) => file));
  const expected = complete === undefined ? [] : readResults(complete).filter(({ file }) => files.has(file));
  const missing = new Set(expected.map(({ file, suite }) => `${file}: ${suite}`).filter((suite) => !there.has(suite)));
  return [...faults, ...[...missing].map((suite) => `A suite has vanished: ${suite}`)];
}

await runMain(async () => {
  await runNpm(["run-script", "demo"]);
  const printed = await runNpm(["test", "--", `--outputFile.json=${BARE_RESULTS}`, ...findTests()]);
  const faults = findFaults(printed, process.argv[2]);
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
});

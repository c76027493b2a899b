/*
 * npm run demo: a folder of downloads and its manifest become a catalog, by the built command line and as a user would
 * type it. At the end every figure is compared with what the corpus is known to hold.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCorpus } from "../test/corpus/make-corpus.mjs";
import { prepare } from "./prepare.mjs";
import { ROOT, runMain } from "./run-command.mjs";

const RECORDS = 1000;

/** Done, and done in part: some lines of the manifest are damaged on purpose. */
const DONE = 0;
const PARTLY_DONE = 3;

/** How the figures are called in the summary of `import-manifest --json`, and in that of `stats --json`. */
const IMPORT_FIGURES = ["lines", "attempts", "other", "outcomes", "failures", "skips", "dryRuns", "repeats", "changed"]
  .concat(["damaged", "gone", "outside", "wrongSize", "wrongHash", "documents", "variants", "bytes"])
  .map((name) => [name, toSnakeCase(name)]);
const STATS_FIGURES = ["documents", "variants", "bytes", "distinctHashes", "duplicateGroups", "largestGroup"].map(
  (name) => [name, toSnakeCase(name)],
);

function toSnakeCase(name) {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Runs the built command line in `folder`; gives what it printed to standard output, unless that is inherited. */
function catalog(folder, args, { exitCode = DONE, stdio = "pipe" }) {
  const options = { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", stdio, stdio] };
  const result = spawnSync(process.execPath, [join(ROOT, "dist", "bin.mjs"), ...args], options);
  if (result.error) throw result.error;
  if (result.status !== exitCode) {
    process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
    throw new Error(`"catalog ${args.join(" ")}" ended with exit code ${result.status}, expected ${exitCode}`);
  }
  return result.stdout;
}

/** Runs the command line for people to see. */
function show(folder, args, exitCode = DONE) {
  process.stdout.write(`\n$ catalog ${args.join(" ")}\n`);
  catalog(folder, args, { exitCode, stdio: "inherit" });
}

/** The last line of what a command prints with `--json`. */
function summary(folder, args, exitCode = DONE) {
  const lines = catalog(folder, [...args, "--json"], { exitCode })
    .trimEnd()
    .split("\n");
  return JSON.parse(lines.at(-1));
}

/** Some stored document of the manifest, to ask for. */
function pickDocument(folder) {
  const lines = readFileSync(join(folder, "downloads", "manifest.jsonl"), "utf8").split("\n");
  return JSON.parse(lines.find((line) => /"record_type":"manifest".*"sha256":"/.test(line)));
}

/** Prints what was found beside what was expected; gives the number of differences. */
function compare(title, found, expected) {
  process.stdout.write(`\n${title.padEnd(44)}${"found".padStart(12)}${"expected".padStart(12)}\n`);
  let differences = 0;
  for (const [name, value] of Object.entries(expected)) {
    const isEqual = found[name] === value;
    if (!isEqual) differences++;
    const row = `  ${name.padEnd(42)}${String(found[name]).padStart(12)}${String(value).padStart(12)}`;
    process.stdout.write(`${row}${isEqual ? "" : "  <- differs"}\n`);
  }
  return differences;
}

function expectedFigures(expected, names) {
  return Object.fromEntries(names.map(([name, column]) => [column, expected[name]]));
}

function tour(folder, document) {
  const where = ["--catalog", "catalog.sqlite", "--root", "downloads"];
  show(folder, ["init", ...where]);
  show(folder, ["import-manifest", "downloads/manifest.jsonl", "--hash", "all", ...where], PARTLY_DONE);
  show(folder, ["stats", ...where]);
  show(folder, ["dedup-report", "--limit", "3", ...where]);
  show(folder, ["show", document.work_id, ...where]);
  show(folder, ["where", document.sha256.slice(0, 12), ...where]);
  show(folder, ["search", "--resolver", document.resolver, "--limit", "3", ...where]);
}

function check(folder, expected) {
  const manifest = ["import-manifest", "downloads/manifest.jsonl", "--hash", "all", "--root", "downloads"];
  const stats = summary(folder, ["stats", "--catalog", "catalog.sqlite"]);
  const first = summary(folder, [...manifest, "--catalog", "other.sqlite"], PARTLY_DONE);
  const second = summary(folder, [...manifest, "--catalog", "catalog.sqlite"], PARTLY_DONE);
  const after = summary(folder, ["stats", "--catalog", "catalog.sqlite"]);
  const unchanged = expectedFigures(expected, STATS_FIGURES);
  return (
    compare("import-manifest --hash all", first, expectedFigures(expected, IMPORT_FIGURES)) +
    compare("stats", stats, unchanged) +
    compare("the same import again", second, { documents: 0, variants: 0, bytes: 0 }) +
    compare("stats after it", after, unchanged)
  );
}

await runMain(async () => {
  prepare({ build: true });
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "content-catalog-demo-")));
  try {
    const expected = await makeCorpus({ directory: join(folder, "downloads"), records: RECORDS });
    process.stdout.write(`A corpus of ${RECORDS} downloads is in ${join(folder, "downloads")}\n`);
    tour(folder, pickDocument(folder));
    const differences = check(folder, expected);
    process.stdout.write(differences === 0 ? "\nEvery figure is right.\n" : `\n${differences} figures differ.\n`);
    if (differences > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

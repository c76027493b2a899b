/*
 * npm run bench: our work and a peer's on the same data, in turn, as processes of their own.
 *
 *   npm run bench                                       all of them
 *   npm run bench -- show look-up                       some
 *   npm run bench -- import --size 20000 --rounds 3     smaller and shorter; --size counts MiB, outcomes, rows or files
 *   npm run bench -- --save                             keeps the raw numbers in test/bench/results/
 *   npm run bench -- before-add --before COMMIT         what we do now beside what we did then, built from that commit
 *
 * Raw numbers go to .cache/bench/, or with --save where they are published. No figure decides anything but a goal met
 * or missed in the text.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { arch, cpus, platform, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { add } from "../test/bench/add.bench.mjs";
import { audit } from "../test/bench/audit.bench.mjs";
import { beforeAdd, beforeImport, beforeIngest, beforeOpen } from "../test/bench/before.bench.mjs";
import { importManifest, lookUp, show } from "../test/bench/catalog.bench.mjs";
import { verifyDigests } from "../test/bench/digests.bench.mjs";
import { dedupReport } from "../test/bench/duplicates.bench.mjs";
import { checkpoint, memory, open, register, registerLarge } from "../test/bench/engine.bench.mjs";
import { gcApply, gcCas, gcPolicyPath } from "../test/bench/gc.bench.mjs";
import { hashNative, hashWasm } from "../test/bench/hash.bench.mjs";
import { list } from "../test/bench/list.bench.mjs";
import { compare, measure, median } from "../test/bench/measure.mjs";
import { place } from "../test/bench/place.bench.mjs";
import { retention } from "../test/bench/retention.bench.mjs";
import { telemetry } from "../test/bench/telemetry.bench.mjs";
import { reimportTombstones } from "../test/bench/tombstones.bench.mjs";
import { verifyAgain, verifyAll, verifyLarge, verifyMemory } from "../test/bench/verify.bench.mjs";
import { prepare } from "./prepare.mjs";
import { ROOT, run, runMain } from "./run-command.mjs";

const BENCHMARKS = [
  ...[hashWasm, hashNative, importManifest, reimportTombstones, lookUp, show, place, add, list],
  ...[verifyAll, verifyAgain, verifyLarge, verifyMemory, verifyDigests],
  ...[audit, dedupReport, gcCas, gcPolicyPath, gcApply, retention, telemetry],
  ...[register, registerLarge, checkpoint, open, memory],
];

/** Those that need a build of before. */
const BEFORE = [beforeIngest, beforeImport, beforeAdd, beforeOpen];

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "5" },
      size: { type: "string" },
      save: { type: "boolean" },
      before: { type: "string" },
    },
  });
  const benchmarks = values.before === undefined ? BENCHMARKS : BEFORE;
  const known = benchmarks.map(({ name }) => name);
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`Cannot run ${unknown.join(", ")}: the benchmarks are ${known.join(", ")}`);
  return {
    commit: values.before,
    chosen: benchmarks.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
    rounds: Number(values.rounds),
    size: values.size === undefined ? undefined : Number(values.size),
    results: join(ROOT, ...(values.save ? ["test", "bench", "results"] : [".cache", "bench"])),
  };
}

/** Installs what the chosen benchmarks compare with; some of it compiles for a minute. */
function installPeers(chosen) {
  const folder = join(ROOT, "test", "bench");
  const missing = chosen
    .flatMap(({ peers = [] }) => peers)
    .filter((name) => !existsSync(join(folder, "node_modules", name)));
  if (missing.length > 0) run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder });
}

function describeEnvironment() {
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    platform: `${platform()} ${arch()}`,
    takenAt: new Date().toISOString(),
  };
}

function printSide(name, samples) {
  const times = samples.map(({ milliseconds }) => milliseconds);
  const spread = `(${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)})`;
  const memory = samples.flatMap(({ maxRssKib }) => (maxRssKib === undefined ? [] : [maxRssKib / 1024]));
  const peak = memory.length === 0 ? "" : `  peak memory ${median(memory).toFixed(0)} MiB`;
  process.stdout.write(`  ${name.padEnd(42)}${median(times).toFixed(1).padStart(10)} ms ${spread}${peak}\n`);
}

function printComparison({ ours, peer, without, figure, ratio, least, most, goal, met }) {
  const spread = `(${least.toFixed(2)} to ${most.toFixed(2)})`;
  const what = { processor: "processor time", memoryAbove: "MiB of memory above" }[figure] ?? figure;
  const more = without === undefined ? ours : `${ours}, without ${without}`;
  process.stdout.write(`  ${what} of ${peer === undefined ? more : `${more} / ${peer}`}:\n`);
  const verdict = goal === undefined ? "" : `, goal ${goal}: ${met ? "met" : "missed"}`;
  process.stdout.write(`    ${ratio.toFixed(2)} ${spread}${verdict}\n`);
}

/** The build of an earlier commit, in a clone of its own. */
function buildBefore(commit) {
  const id = execFileSync("git", ["rev-parse", "--verify", `${commit}^{commit}`], {
    cwd: ROOT,
    encoding: "utf8",
  }).trim();
  const clone = join(ROOT, ".cache", "before", id);
  const dist = join(clone, "dist");
  if (existsSync(join(dist, "bin.mjs"))) return { id, dist };
  rmSync(clone, { recursive: true, force: true });
  run("git", ["clone", "--quiet", "--shared", "--no-checkout", ROOT, clone]);
  run("git", ["checkout", "--quiet", "--detach", id], { cwd: clone });
  run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: clone });
  run("npm", ["run", "build"], { cwd: clone });
  return { id, dist };
}

async function runBenchmark(benchmark, { rounds, size, results, before }) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `content-catalog-bench-${benchmark.name}-`)));
  try {
    const { title, sides, comparisons } = await benchmark.prepare({ folder, size, before: before?.dist });
    process.stdout.write(`\n${benchmark.name}: ${title}; median of ${rounds} rounds\n`);
    const samples = measure(sides, rounds);
    const compared = comparisons.map((comparison) => compare(comparison, samples));
    for (const [name, list] of samples) printSide(name, list);
    for (const comparison of compared) printComparison(comparison);
    const what = { name: benchmark.name, title, ...(before && { before: before.id }) };
    const report = { ...what, environment: describeEnvironment(), rounds, comparisons: compared };
    mkdirSync(results, { recursive: true });
    const text = JSON.stringify({ ...report, samples: Object.fromEntries(samples) }, null, 2);
    writeFileSync(join(results, `${benchmark.name}.json`), `${text}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await runMain(async () => {
  const settings = readArguments();
  prepare({ build: true });
  installPeers(settings.chosen);
  const { node, cpu, cores, memoryGib } = describeEnvironment();
  process.stdout.write(`Node ${node}, ${cores} x ${cpu}, ${memoryGib} GiB\n`);
  const before = settings.commit === undefined ? undefined : buildBefore(settings.commit);
  for (const benchmark of settings.chosen) await runBenchmark(benchmark, { ...settings, before });
});

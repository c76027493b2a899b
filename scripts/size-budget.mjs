/*
 * What loading an entry costs: the gzip size of all files of ours that it loads at once, against the budget in
 * test/package/size-budget.json.
 *
 *   node scripts/size-budget.mjs            prints the table; exit code 1 when an entry is over its budget
 *   node scripts/size-budget.mjs --write    makes today's sizes, with some room, the budget
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "./run-command.mjs";

const BUDGET_PATH = join(ROOT, "test", "package", "size-budget.json");
const HOSTS = ["node", "deno", "bun", "workerd", "memory", "browser", "browser-worker"];
const ENTRIES = ["index", ...HOSTS, "telemetry-otel", "testing", "bin"];

/** Room for growth that nobody needs to talk about. */
const ROOM = 1.05;

const STATIC_IMPORT = /(?:^|[;}\n])\s*(?:import|export)\s*(?:[\w*{}\s,$]+?\bfrom\s*)?["'](\.[^"']+)["']/g;

/** The files below `dist` that are loaded with `file`, itself first. */
function staticClosure(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, specifier] of readFileSync(file, "utf8").matchAll(STATIC_IMPORT)) {
    staticClosure(join(dirname(file), specifier), seen);
  }
  return seen;
}

/** The gzip size of each entry with all that it loads at once, in bytes. */
function measureEntries() {
  return Object.fromEntries(
    ENTRIES.map((name) => {
      const files = [...staticClosure(join(ROOT, "dist", `${name}.mjs`))];
      const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0);
      return [name, bytes];
    }),
  );
}

function report() {
  const sizes = measureEntries();
  if (process.argv.includes("--write")) {
    const budget = Object.entries(sizes).map(([name, bytes]) => [name, Math.ceil((bytes * ROOM) / 100) * 100]);
    writeFileSync(BUDGET_PATH, `${JSON.stringify(Object.fromEntries(budget), null, 2)}\n`);
  }
  const budget = JSON.parse(readFileSync(BUDGET_PATH, "utf8"));
  process.stdout.write(`${"entry".padEnd(10)}${"gzip bytes".padStart(12)}${"budget".padStart(12)}\n`);
  for (const [name, bytes] of Object.entries(sizes)) {
    const isOver = !(bytes <= budget[name]);
    if (isOver) process.exitCode = 1;
    const row = `${name.padEnd(10)}${String(bytes).padStart(12)}${String(budget[name]).padStart(12)}`;
    process.stdout.write(`${row}${isOver ? "  over; after a look, node scripts/size-budget.mjs --write" : ""}\n`);
  }
}

report();

/*
 * npm run gate: everything a change must pass, in this order; it stops at the first step that fails.
 */
import { prepare } from "./prepare.mjs";
import { CommandFailed, run, runMain, runTool } from "./run-command.mjs";

const node = (...args) => ["node", args];
const tool = (...args) => ["tool", args];
const npm = (...args) => ["npm", args];

/** What Deno asks, by the name of its subcommand. */
function deno(subcommand, title) {
  const script = "scripts/deno-checks.mjs";
  return [`deno ${subcommand}: ${title}`, node(script, subcommand), `node ${script} ${subcommand}`];
}

/** Name, what runs, and what to type to run just that again. */
const STEPS = [
  ["format and lint", tool("@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."), "npm run lint"],
  ["type-check", tool("typescript/bin/tsc", "-p", "tsconfig.json"), "npx tsc -p tsconfig.json"],
  [
    "portable type-check",
    tool("typescript/bin/tsc", "-p", "tsconfig.portable.json"),
    "npx tsc -p tsconfig.portable.json",
  ],
  ["generated files", node("scripts/generate.mjs", "--check"), "npm run generate"],
  // The tests use it, and do not build again.
  ["build", tool("unbuild/dist/cli.mjs"), "npm run build"],
  ["tests with coverage", node("scripts/test.mjs"), "npm test"],
  ["package: publint", tool("publint/src/cli.js", "--strict"), "npx publint --strict"],
  ["package: types", tool("@arethetypeswrong/cli/dist/index.js", ...attw()), `npx attw ${attw().join(" ")}`],
  ["package: contents", npm("pack", "--dry-run", "--ignore-scripts"), "npm pack --dry-run"],
  deno("lint", "style"),
  deno("check", "types"),
  deno("test", "examples in comments"),
  deno("doc", "comments"),
  deno("publish", "archive for JSR"),
  ["size budget", node("scripts/size-budget.mjs"), "node scripts/size-budget.mjs"],
];

function attw() {
  // The schema files and the WebAssembly are data, which has no types to resolve.
  return ["--pack", ".", "--profile", "esm-only", "--exclude-entrypoints", "schema/*", "browser/sql-wasm.wasm"];
}

function start([kind, args]) {
  if (kind === "tool") runTool(args[0], args.slice(1));
  else run(kind === "node" ? process.execPath : kind, args);
}

await runMain(() => {
  prepare({ build: false });
  for (const [name, command, again] of STEPS) {
    process.stdout.write(`\n== ${name}\n`);
    const startedMs = performance.now();
    try {
      start(command);
    } catch (error) {
      if (error instanceof CommandFailed) process.stderr.write(`\n== ${name}: failed; run it again with: ${again}\n`);
      throw error;
    }
    process.stdout.write(`== ${name}: ok, ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
  }
  process.stdout.write(`\nAll ${STEPS.length} steps passed.\n`);
});

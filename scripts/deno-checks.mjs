/*
 * What Deno and JSR ask of the package, by the name of the subcommand of Deno that asks:
 *
 *   node scripts/deno-checks.mjs lint       the style of the sources
 *   node scripts/deno-checks.mjs check      their types, as Deno sees them, and those of the examples in comments
 *   node scripts/deno-checks.mjs test       the examples in comments run
 *   node scripts/deno-checks.mjs doc        everything that a module exports has a comment, and the entries export every
 *                                           type that what they export refers to
 *   node scripts/deno-checks.mjs publish    the archive for JSR can be made, and holds what its entries import
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findDeno, installRuntimes } from "./install-runtimes.mjs";
import { prepare } from "./prepare.mjs";
import { filesOfDryRun, judgeArchive, modulesOf } from "./published-modules.mjs";
import { CommandFailed, ROOT, run, runMain } from "./run-command.mjs";

const CONFIG = join(ROOT, "deno.json");

const CHECKS = {
  lint: () => deno(["lint"]),
  check: () => deno(["check", "--doc", ...entries()]),
  test: runExamples,
  doc: lintComments,
  publish: checkArchive,
};

/** Deno says much about packages for Node that it makes no use of: it has to be quiet. */
function deno([subcommand, ...args], options) {
  run(findDeno(), [subcommand, "--quiet", ...args], options);
}

function entries() {
  return Object.values(JSON.parse(readFileSync(CONFIG, "utf8")).exports);
}

/** A type that some module exports is public where all modules are asked about: the entries are asked by themselves. */
function lintComments() {
  deno(["doc", "--lint", ...entries()]);
  deno(["doc", "--lint", ...modulesOf(ROOT, entries()).filter((path) => !path.endsWith(".gen.ts"))]);
}

/** Examples write to the folder that they run in, and nowhere else; the host for Node reads the folders above it. */
function runExamples() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "content-catalog-comments-")));
  try {
    const permissions = ["--no-prompt", "--allow-read", `--allow-write=${folder}`];
    deno(["test", "--doc", `--config=${CONFIG}`, ...permissions, join(ROOT, "src")], { cwd: folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function checkArchive() {
  // What is not committed yet is checked as well.
  const args = ["publish", "--dry-run", "--allow-dirty"];
  const { status, stdout, stderr, error } = spawnSync(findDeno(), args, {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (error) throw error;
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}`);
    throw new CommandFailed(["deno", ...args].join(" "), status);
  }
  const files = filesOfDryRun(ROOT, `${stdout}${stderr}`);
  const findings = judgeArchive(files, modulesOf(ROOT, entries()));
  for (const finding of findings) process.stderr.write(`${finding}\n`);
  if (findings.length > 0) process.exitCode = 1;
  else process.stdout.write(`${files.length} files, with all that the entries import\n`);
}

await runMain(() => {
  const [name = ""] = process.argv.slice(2);
  if (!Object.hasOwn(CHECKS, name)) throw new Error(`Cannot check "${name}": it is one of ${Object.keys(CHECKS)}`);
  prepare({ build: false });
  installRuntimes();
  CHECKS[name]();
});

/*
 * Starts programs for the other scripts. It uses nothing but Node, as the scripts run before anything is installed.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

const ON_WINDOWS = process.platform === "win32";

/** Thrown when a program fails; the program has said why by itself. */
export class CommandFailed extends Error {
  constructor(line, exitCode) {
    super(`Cannot run "${line}": exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Runs a program with the terminal as its own. @throws {CommandFailed} unless it exits 0 */
export function run(program, args, { cwd = ROOT, env = {} } = {}) {
  const result = spawnSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: "inherit",
    shell: ON_WINDOWS && program === "npm", // npm is a batch file there
  });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new CommandFailed([program, ...args].join(" "), result.status ?? result.signal);
}

/** Runs the program of an installed package, named by its script below `node_modules`. */
export function runTool(script, args, options) {
  run(process.execPath, [join(ROOT, "node_modules", script), ...args], options);
}

/** Runs `main`, and ends the process with the code of a program that failed in it. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = typeof error.exitCode === "number" ? error.exitCode : 1;
  }
}

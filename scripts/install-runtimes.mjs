/*
 * Installs the runtimes beside the Node that runs the scripts; they come as packages.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, run } from "./run-command.mjs";

/** The project whose packages are the runtimes. */
const PROJECT = join(ROOT, "test", "runtimes");

/** Where their programs are. */
export const PROGRAMS = join(PROJECT, "node_modules");

/** Deno, once it is installed; on platforms for which we install none, the one that is there. */
export function findDeno() {
  const program = join(PROGRAMS, "deno", "deno");
  return existsSync(program) ? program : "deno";
}

/** Installs the runtimes that are missing or not those of the lock file. */
export function installRuntimes() {
  if (!isInstalled()) run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: PROJECT });
}

function isInstalled() {
  const installedPath = join(PROGRAMS, ".package-lock.json");
  if (!existsSync(installedPath)) return false;
  const { packages: installed } = JSON.parse(readFileSync(installedPath, "utf8"));
  const { packages: locked } = JSON.parse(readFileSync(join(PROJECT, "package-lock.json"), "utf8"));
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

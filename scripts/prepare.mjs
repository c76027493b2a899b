/*
 * Makes a clone ready for use: installs what the lock file says, makes the modules that hold code of packages and
 * builds, but only where that is not done yet.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT, run, runTool } from "./run-command.mjs";

/** What the build is made from. */
const BUILD_INPUTS = ["src", "schema", "build.config.ts", "package.json"];

/**
 * Installs packages that are missing or not those of the lock file, makes modules of them and, if asked, builds what
 * changed since.
 */
export function prepare({ build }) {
  if (!isInstalled()) run("npm", ["ci", "--no-audit", "--no-fund"]);
  generateFromPackages();
  if (build && !isBuilt()) runTool("unbuild/dist/cli.mjs", []);
}

/** Makes the modules that git ignores: code of packages, as they are installed, and what esbuild makes of ours. */
export function generateFromPackages() {
  run(process.execPath, [join(ROOT, "scripts", "generate.mjs"), "--from-packages"]);
}

/** Whether `node_modules` holds every package of the lock file in its version; npm keeps a list of what it installed. */
function isInstalled() {
  const installedPath = join(ROOT, "node_modules", ".package-lock.json");
  if (!existsSync(installedPath)) return false;
  const installed = readJson(installedPath).packages;
  const locked = readJson(join(ROOT, "package-lock.json")).packages;
  return Object.entries(locked).every(([path, entry]) => {
    // Optional packages are those of other platforms, as a rule.
    if (path === "" || (entry.optional && installed[path] === undefined)) return true;
    return installed[path]?.integrity === entry.integrity && installed[path]?.version === entry.version;
  });
}

function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** Whether `dist` is there and no older than what it is made from. */
function isBuilt() {
  const built = timesBelow(join(ROOT, "dist")).files;
  if (!existsSync(join(ROOT, "dist", "index.mjs"))) return false;
  const newestInput = Math.max(...BUILD_INPUTS.map((name) => timesBelow(join(ROOT, name)).newest));
  return Math.min(...built) >= newestInput;
}

/** When files and folders below a path changed last; a folder changes when a name in it comes or goes. */
function timesBelow(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { newest: 0, files: [] };
  if (!stat.isDirectory()) return { newest: stat.mtimeMs, files: [stat.mtimeMs] };
  const entries = readdirSync(path, { recursive: true }).map((name) => statSync(join(path, name)));
  return {
    newest: Math.max(stat.mtimeMs, ...entries.map((entry) => entry.mtimeMs)),
    files: entries.filter((entry) => entry.isFile()).map((entry) => entry.mtimeMs),
  };
}

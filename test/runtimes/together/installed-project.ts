import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { installPacked, ROOT } from "../../package/built-package.ts";
import { startRegistry } from "./registry.ts";

/** One runtime, and how it starts a program in a project with the fewest permissions. */
export interface Runtime {
  readonly name: string;
  /** The entry of the package for it. */
  readonly host: "node" | "deno" | "bun";
  command(project: string): readonly string[];
}

/** What a program did. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | string;
}

/** A runtime that `npm run matrix` installed. */
export function installed(path: string): string {
  const program = join(ROOT, "test", "runtimes", "node_modules", path);
  if (!existsSync(program)) throw new Error(`Cannot find the runtime "${path}"; run "npm run matrix"`);
  return program;
}

/** All runtimes; the one that runs the tests first. */
export const RUNTIMES: readonly Runtime[] = [
  { name: `Node ${process.versions.node.split(".")[0]}`, host: "node", command: () => [process.execPath] },
  { name: "Node 22", host: "node", command: () => [installed("node-22/bin/node")] },
  { name: "Node 24", host: "node", command: () => [installed("node-24/bin/node")] },
  { name: "Deno", host: "deno", command: denoCommand },
  { name: "Bun", host: "bun", command: () => [installed("bun/bin/bun")] },
];

/** Deno may read and write where the programs work, and nothing else. */
export function denoCommand(project: string): readonly string[] {
  const work = join(project, "work");
  return [installed("deno/deno"), "run", "--no-prompt", `--allow-read=${work}`, `--allow-write=${work}`];
}

/** The runtime of a host; of Node the one that runs the tests. */
export function runtimeOf(host: Runtime["host"]): Runtime {
  const found = RUNTIMES.find((runtime) => runtime.host === host);
  if (found === undefined) throw new Error(`Cannot find a runtime for the host "${host}"`);
  return found;
}

/** An empty project with the packed package in it; programs write below `work`. */
export function createProject(): string {
  const project = realpathSync(mkdtempSync(join(tmpdir(), "content-catalog-together-")));
  installPacked(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  for (const program of ["add-rows.mjs", "end-early.mjs"]) {
    copyFileSync(join(ROOT, "test", "runtimes", "together", program), join(project, program));
  }
  return project;
}

const INSTALLING: Readonly<Record<Runtime["host"], () => readonly string[]>> = {
  node: () => ["npm", "install", "content-catalog", "--no-audit", "--no-fund"],
  deno: () => [installed("deno/deno"), "install", "npm:content-catalog"],
  bun: () => [installed("bun/bin/bun"), "add", "content-catalog"],
};

/** An empty project in which the packed package was installed by the package manager of a runtime, as users do. */
export async function installProject(host: Runtime["host"]): Promise<string> {
  const project = realpathSync(mkdtempSync(join(tmpdir(), `content-catalog-${host}-`)));
  const caches = join(project, ".caches");
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", project];
  const packed = execFileSync("npm", pack, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const registry = await startRegistry(join(project, JSON.parse(packed)[0].filename));
  const [program = "", ...args] = INSTALLING[host]();
  try {
    await promisify(execFile)(program, args, {
      cwd: project,
      env: {
        ...process.env,
        ...{ NPM_CONFIG_REGISTRY: registry.url, npm_config_registry: registry.url },
        ...{ npm_config_cache: caches, DENO_DIR: caches, BUN_INSTALL_CACHE_DIR: caches },
      },
    });
  } finally {
    registry.close();
  }
  return project;
}

/** Empties the folder that programs write to. */
export function emptyWork(project: string): string {
  const work = join(project, "work");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  return work;
}

/** Runs a script of the project. */
export function runScript(runtime: Runtime, project: string, words: readonly string[]): Promise<Ran> {
  return runProgram([...runtime.command(project), ...words], project);
}

/** Deno says a megabyte about all modules of the package. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs a program in a folder. */
export function runProgram([program = "", ...words]: readonly string[], cwd: string): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, [...words], { cwd, encoding: "utf8", maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      resolve({ stdout, stderr, exitCode: error?.code ?? 0 });
    });
  });
}

/** What to add to the catalog of a project. */
export interface RowsToAdd {
  readonly name: string;
  readonly rows: number;
  readonly rowsPerOpening?: number;
  readonly busyTimeout?: number;
}

/** Adds rows and gives the lines printed. @throws when the program failed or complained */
export async function addRows(runtime: Runtime, project: string, task: RowsToAdd): Promise<readonly string[]> {
  const work = join(project, "work");
  const json = JSON.stringify({
    catalogPath: join(work, "state/catalog.sqlite"),
    rootDir: join(work, "data"),
    ...task,
  });
  const { stdout, stderr, exitCode } = await runScript(runtime, project, ["add-rows.mjs", runtime.host, json]);
  if (exitCode !== 0 || stderr !== "") throw new Error(`${runtime.name} ended with ${exitCode}: ${stderr}${stdout}`);
  return stdout.trimEnd().split("\n");
}

import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import type { Starter } from "../components.ts";
import { lookInto } from "../corpus/catalog-rows.ts";
import { builtFile } from "../package/built-package.ts";
import { SHORT_LIVED } from "../short-lived.ts";

/** What a program that has ended left. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The most memory that it had at once, in bytes; 0 if that was not asked for. */
  readonly peakBytes: number;
}

/** How to run the built command line. */
export interface RunOptions {
  /** For standard input: all of it at once, or chunk by chunk until nobody reads any more. */
  readonly input?: string | Iterable<Uint8Array>;
  readonly env?: Readonly<Record<string, string>>;
  /** What starts it. @default nothing: it is started directly */
  readonly starter?: Starter;
  /** Called with the process once it runs. */
  readonly onStart?: (process: Running) => void;
  /** Measure how much memory it takes. */
  readonly measured?: boolean;
}

/** A program that runs. */
export interface Running {
  readonly pid: number | undefined;
  readonly ended: boolean;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when standard error has shown a text. */
  waitFor(text: string): Promise<void>;
  /** Stops reading standard output after its first bytes, as `head` does. */
  stopReading(): void;
  write(text: string): void;
  endInput(): void;
}

/** A folder with files and perhaps a catalog, in which the built command line runs as in a shell. */
export interface Workplace {
  readonly path: string;
  /** The catalog that commands use without further words. */
  readonly catalogPath: string;
  /** Writes a file, and the folders above it. Gives its path. */
  write(name: string, content: string | Uint8Array): string;
  run(words: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Brings the log into the catalog, so that plain SQLite sees what a program left that was killed. */
  checkpoint(): Promise<void>;
  /** The artifact ids of the catalog, as plain SQLite gives them. */
  artifacts(): Promise<readonly string[]>;
  remove(): void;
}

/** A new, empty {@link Workplace}. */
export function makeWorkplace(): Workplace {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "content-catalog-acceptance-")));
  const catalogPath = join(path, "state", "catalog.sqlite");
  return {
    path,
    catalogPath,
    write: (name, content) => {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    run: (words, options) => runBuilt(path, words, options),
    checkpoint: () => checkpointCatalog(path, catalogPath),
    artifacts: () => listArtifacts(catalogPath),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Runs `catalog checkpoint`, after which a catalog is one file. */
export async function checkpointCatalog(cwd: string, path: string): Promise<void> {
  const { exitCode, stderr } = await runBuilt(cwd, ["checkpoint", "--catalog", path]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(existsSync(`${path}.oplog`)).toBe(false);
}

/** The artifact ids of a catalog file that plain SQLite finds in order. */
export function listArtifacts(path: string): Promise<readonly string[]> {
  return lookInto(path, ({ query }) => {
    expect(query("PRAGMA integrity_check")).toEqual([["ok"]]);
    return query("SELECT artifact_id FROM documents ORDER BY artifact_id").map(([id]) => String(id));
  });
}

/** The names below a folder, in order; none if it is not there. */
export function namesIn(path: string): readonly string[] {
  return existsSync(path) ? readdirSync(path).sort() : [];
}

/** One line of a generic manifest: a document of this id in the file `f.txt`, unless `fields` say otherwise. */
export function lineOf(id: string, fields: Readonly<Record<string, unknown>> = {}): string {
  return `${JSON.stringify({ artifact_id: id, source_url: `https://example.org/${id}`, path: "f.txt", ...fields })}\n`;
}

/** A program's line for the shell, with every word quoted. */
export function commandLine(words: readonly string[]): string {
  const line = [process.execPath, ...SHORT_LIVED, builtFile("bin.mjs"), ...words];
  return line.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}

/** The environment of the tests without what the command line would read from it. */
function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(CATALOG_|NO_COLOR$|FORCE_COLOR$|NODE_)/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...more };
}

const REPORT_PEAK = new URL("report-peak.mjs", import.meta.url).href;

async function runBuilt(cwd: string, words: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { starter, measured = false, input } = options;
  const peakFile = join(cwd, "peak.txt");
  const node = [...(measured ? ["--import", REPORT_PEAK] : SHORT_LIVED), builtFile("bin.mjs"), ...words];
  const program = starter === undefined ? process.execPath : starter.program;
  const argv = starter === undefined ? node : [...starter.words, process.execPath, ...node];
  const env = environment({ ...options.env, ...(measured && { PEAK_FILE: peakFile }) });
  const child = spawn(program, argv, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
  const collected = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      collected[name] += text;
    });
  }
  // It may end before it has read everything, which is for the test to judge.
  child.stdin.on("error", () => {});
  const ended = new Promise<Pick<Ended, "exitCode" | "signal">>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode, signal) => resolve({ exitCode, signal }));
  });
  if (options.onStart === undefined) void feed(child.stdin, input ?? "");
  else options.onStart(handleOf(child, collected));
  const end = await ended;
  const peakBytes = measured ? Number(readFileSync(peakFile, "utf8")) * 1024 : 0;
  return { ...end, ...collected, peakBytes };
}

type Child = ReturnType<typeof spawn> & {
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: NodeJS.ReadableStream;
};

function handleOf(child: Child, collected: { readonly stderr: string }): Running {
  return {
    pid: child.pid,
    get ended() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    kill: (signal) => void child.kill(signal),
    waitFor: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (collected.stderr.includes(text)) resolve();
        };
        child.stderr?.on("data", look);
        child.on("close", () => reject(new Error(`Cannot find ${JSON.stringify(text)} in: ${collected.stderr}`)));
        look();
      }),
    stopReading: () => {
      const { stdout } = child;
      stdout?.once("data", () => stdout.destroy());
    },
    write: (text) => void child.stdin?.write(text),
    endInput: () => void child.stdin?.end(),
  };
}

/** Writes at the reader's pace, and stops when there is none any more. */
async function feed(
  stdin: NodeJS.WritableStream & { readonly destroyed?: boolean },
  input: string | Iterable<Uint8Array>,
) {
  if (typeof input === "string") {
    stdin.end(input);
    return;
  }
  for (const chunk of input) {
    const failed = await new Promise<unknown>((resolve) => {
      stdin.write(chunk, resolve);
    });
    if (failed) return;
  }
  stdin.end();
}

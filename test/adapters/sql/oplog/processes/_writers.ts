import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { afterAll, beforeAll, expect } from "vitest";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import { SHORT_LIVED } from "../../../../short-lived.ts";
import { APPLICATION_ID, inspectBytes, MIGRATIONS } from "../_engine-world.ts";

/** What to add to which catalog; see `_writer-program.ts`. */
export interface Task {
  readonly path: string;
  readonly name: string;
  readonly rows: number;
  readonly rowsPerOpening?: number;
  readonly busyTimeoutMs?: number;
  readonly pauseMs?: number;
}

/** How a {@link Writer} is started. */
export interface WriterOptions {
  /** How much faster than in the world outside time passes for it. @default 1 */
  readonly haste?: number | undefined;
  /** Whether each run makes the same system calls. @default false */
  readonly predictable?: boolean | undefined;
  /** Whether it takes every other process for dead, and their locks from them. @default false */
  readonly takesOver?: boolean | undefined;
  /** The words of a command line to put before that of the program. */
  readonly under?: readonly string[] | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** What could not be done: a row by its name, "open" or "close"; and the code that says why. */
export interface Failure {
  readonly what: string;
  readonly code: string;
  readonly message: string;
}

/** Half of the time for which a lock lives that nobody holds: patient with slow disks, but not with such a lock. */
const BUSY_TIMEOUT_MS = 30_000;

let folder = "";

/** Builds the program of the processes before the tests of a file, and removes it behind them. */
export function useWriters(): void {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "content-catalog-program-"));
    await build({
      entryPoints: [join(import.meta.dirname, "_writer-program.ts")],
      outfile: join(folder, "writer.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
}

/** What starts the program: its file, and the setting that it reads. */
export function writerProgram({ haste = 1, predictable = false, takesOver = false }: WriterOptions = {}): {
  readonly file: string;
  readonly setting: string;
} {
  const sqlJsPath = createRequire(import.meta.url).resolve("sql.js");
  const setting = { haste, predictable, takesOver, sqlJsPath, migrations: MIGRATIONS, applicationId: APPLICATION_ID };
  return { file: join(folder, "writer.mjs"), setting: JSON.stringify(setting) };
}

/** A process that writes, and what it was told. */
export class Writer {
  acknowledged: string[] = [];
  failures: Failure[] = [];
  slowestMs = 0;
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #ended = false;
  #done = 0;
  #onLine: Set<() => void> = new Set();

  constructor(options: WriterOptions = {}) {
    const { under = [], env } = options;
    const { file, setting } = writerProgram(options);
    const node = [process.execPath, ...SHORT_LIVED, file, setting];
    const [program = "", ...words] = [...under, ...node];
    this.#process = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...env } });
    // A process that was killed reads no more.
    this.#process.stdin?.on("error", () => undefined);
    const lines = this.#process.stdout === null ? undefined : createInterface(this.#process.stdout);
    lines?.on("line", (line) => this.#take(line));
    this.#closed = Promise.all([once(this.#process, "close"), lines && once(lines, "close")]).then(() => {
      this.#ended = true;
      this.#wake();
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  #take(line: string): void {
    const [kind, what = "", code = "", ...message] = line.split(" ");
    if (kind === "ok") this.acknowledged.push(what);
    else if (kind === "failed") this.failures.push({ what, code, message: message.join(" ") });
    else if (kind === "done") {
      this.#done += 1;
      this.slowestMs = Math.max(this.slowestMs, Number(what));
    }
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#onLine]) wake();
  }

  /** Waits until something is so, or the process has ended. */
  async until(isSo: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!this.#ended && !isSo()) return;
        this.#onLine.delete(look);
        resolve();
      };
      this.#onLine.add(look);
      look();
    });
  }

  /** Has it add rows, and waits until it has or is dead. */
  async run(task: Task): Promise<void> {
    const done = this.#done + 1;
    this.#process.stdin?.write(`${JSON.stringify({ busyTimeoutMs: BUSY_TIMEOUT_MS, ...task })}\n`);
    await this.until(() => this.#done >= done);
  }

  /** Forgets what it was told so far. */
  forget(): void {
    this.acknowledged = [];
    this.failures = [];
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#process.kill(name);
  }

  /** Ends it by a signal that it cannot prepare for. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#closed;
  }

  /** Waits for its end; it has no more to do. */
  async end(): Promise<void> {
    this.#process.stdin?.end();
    await this.#closed;
  }
}

/** Starts a process that does one task, and waits for its end. */
export async function runWriter(task: Task, options?: WriterOptions): Promise<Writer> {
  const writer = new Writer(options);
  await writer.run(task);
  await writer.end();
  return writer;
}

/** The names in a catalog file, which must be whole. */
export async function findNames(fs: FileSystem, path: string): Promise<readonly string[]> {
  const { integrity, names } = inspectBytes(await fs.readFile(path));
  expect(integrity).toBe("ok");
  return names.map(String);
}

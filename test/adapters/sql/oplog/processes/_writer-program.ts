import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { systemClock } from "../../../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../../../src/adapters/entropy/web-crypto.ts";
import { createNodeFileSystem } from "../../../../../src/adapters/fs/node.ts";
import { createNodeProcessTable } from "../../../../../src/adapters/process/node.ts";
import { openSqlJsEngine } from "../../../../../src/adapters/sql/oplog/open.ts";
import { isCatalogError } from "../../../../../src/errors.ts";
import type { Clock } from "../../../../../src/ports/clock.ts";
import type { Entropy } from "../../../../../src/ports/entropy.ts";
import type { SqlEngine } from "../../../../../src/ports/sql.ts";

/*
 * A process of its own for the tests. For each line that it reads, a task, it adds rows `<name>-0`, `<name>-1`, ... to a
 * catalog, each in a durable batch, and prints a line for each: "ok NAME" if it was acknowledged, else "failed NAME
 * CODE ..."; "failed open CODE ..." and "failed close CODE ..." too, and at the end "done" with the milliseconds that the
 * slowest row took.
 */

interface Task {
  readonly path: string;
  readonly name: string;
  readonly rows: number;
  /** Opens the catalog anew after so many. @default rows */
  readonly rowsPerOpening?: number;
  readonly busyTimeoutMs: number;
  /** Waits between rows. @default 0 */
  readonly pauseMs?: number;
}

interface Setting {
  readonly sqlJsPath: string;
  readonly migrations: readonly { readonly version: number; readonly name: string; readonly sql: string }[];
  readonly applicationId: number;
  /** How much faster than in the world outside time passes. */
  readonly haste: number;
  /**
   * Each run makes the same calls: nonces are 1, 2, 3, ... in hexadecimal digits, so that the names of files are known
   * beforehand, and how long a call takes does not decide in which thread the next one is made.
   */
  readonly predictable: boolean;
  /** It takes every other process for dead, and their locks from them. */
  readonly takesOver: boolean;
}

const OPENING_ATTEMPTS = 3;
/** Any moment that is past; haste counts from here, for all processes alike. */
const EPOCH_MS = 1_700_000_000_000;

const setting: Setting = JSON.parse(process.argv[2] ?? "{}");
const sqljs = await createRequire(import.meta.url)(setting.sqlJsPath)();
const clock = hasty(setting.haste);
const entropy: Entropy = setting.predictable ? countingNonces() : webCryptoEntropy;

function hasty(haste: number): Clock {
  return {
    now: () => EPOCH_MS + (Date.now() - EPOCH_MS) * haste,
    monotonicMs: () => performance.now() * haste,
    sleep: (durationMs, signal) => systemClock.sleep(durationMs / haste, signal),
  };
}

function countingNonces(): Entropy {
  let count = 0;
  return {
    nonce: () => {
      count += 1;
      return count.toString(16).padStart(32, "0");
    },
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function printFailure(what: string, error: unknown): void {
  const code = isCatalogError(error) ? `${error.code} ` : "";
  const cause = error instanceof Error && error.cause !== undefined ? `, because ${error.cause}` : "";
  print(`failed ${what} ${code}${`${error}${cause}`.replaceAll("\n", " ")}`);
}

async function open({ path, busyTimeoutMs }: Task): Promise<SqlEngine | undefined> {
  for (let attempt = 0; attempt < OPENING_ATTEMPTS; attempt++) {
    try {
      const { migrations, applicationId } = setting;
      const table = createNodeProcessTable();
      const processes = setting.takesOver ? { ...table, isAlive: () => false } : table;
      // Another file system each time, or two openings would share what is loaded.
      const fs = createNodeFileSystem(setting.predictable ? { promptMs: Number.POSITIVE_INFINITY } : {});
      const parts = { sqljs, fs, clock, entropy, processes, migrations, applicationId };
      return await openSqlJsEngine({ ...parts, path, busyTimeoutMs, mode: "create" });
    } catch (error) {
      printFailure("open", error);
    }
  }
  return undefined;
}

async function addRows(task: Task, from: number, to: number): Promise<void> {
  const engine = await open(task);
  if (engine === undefined) return;
  for (let row = from; row < to; row++) {
    const name = `${task.name}-${row}`;
    const startedMs = performance.now();
    try {
      await engine.batch([{ sql: "INSERT INTO things (name) VALUES (?)", parameters: [name] }]);
      print(`ok ${name}`);
    } catch (error) {
      printFailure(name, error);
    }
    slowestMs = Math.max(slowestMs, performance.now() - startedMs);
    if (task.pauseMs !== undefined) await systemClock.sleep(task.pauseMs);
  }
  await engine.close().catch((error: unknown) => printFailure("close", error));
}

let slowestMs = 0;
print("ready");
for await (const line of createInterface(process.stdin)) {
  const task: Task = JSON.parse(line);
  const step = task.rowsPerOpening ?? task.rows;
  for (let row = 0; row < task.rows; row += step) await addRows(task, row, Math.min(task.rows, row + step));
  print(`done ${slowestMs.toFixed()}`);
  slowestMs = 0;
}

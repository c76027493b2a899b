import { createRequire } from "node:module";
import { systemClock } from "../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../src/adapters/entropy/web-crypto.ts";
import { createNodeFileSystem } from "../../src/adapters/fs/node.ts";
import { createNodeProcessTable } from "../../src/adapters/process/node.ts";
import { openSqlJsEngine } from "../../src/adapters/sql/oplog/open.ts";
import type { SqlEngine } from "../../src/ports/sql.ts";
import { createRandomChooser } from "../../src/testing/simulation/chooser.ts";

/*
 * A process that keeps catalogs until its disk fails: creates them, opens and closes them, adds rows in durable batches
 * of two, one at a time and several at once, and checkpoints. It prints a line "row <catalog> <row>" for each batch that
 * was acknowledged and "about <what>" before each step that moves files.
 */

interface Task {
  readonly sqlJsPath: string;
  readonly folder: string;
  readonly seed: number;
  readonly durability: "commit" | "batch";
  readonly migrations: readonly { readonly version: number; readonly name: string; readonly sql: string }[];
  readonly applicationId: number;
}

const task: Task = JSON.parse(process.argv[2] ?? "{}");
const sqljs = await createRequire(import.meta.url)(task.sqlJsPath)();
const { choose } = createRandomChooser(task.seed);

async function addRow(engine: SqlEngine, catalog: string, row: string): Promise<void> {
  const sql = "INSERT INTO things (name, size) VALUES (?, ?)";
  const size = choose(1_000_000);
  await engine.batch([row, `${row} twin`].map((name) => ({ sql, parameters: [name, size] })));
  process.stdout.write(`row ${catalog} ${row}\n`);
}

async function live(catalog: string, life: number): Promise<void> {
  const about = (what: string): void => void process.stdout.write(`about ${what}\n`);
  about("opening");
  const engine = await openSqlJsEngine({
    sqljs,
    fs: createNodeFileSystem(),
    path: `${task.folder}/${catalog}/catalog.sqlite`,
    mode: "create",
    migrations: task.migrations,
    applicationId: task.applicationId,
    clock: systemClock,
    entropy: webCryptoEntropy,
    processes: createNodeProcessTable(),
    durability: task.durability,
    busyTimeoutMs: 1000,
    checkpointOnClose: choose(3) === 0 ? "never" : "auto",
  });
  const steps = 2 + choose(10);
  for (let step = 0; step < steps; step++) {
    const name = `${life}-${step}`;
    if (choose(6) === 0) {
      about("checkpoint");
      await engine.checkpoint();
    } else if (choose(4) === 0) {
      await Promise.all([0, 1, 2].map((index) => addRow(engine, catalog, `${name}-${index}`)));
    } else await addRow(engine, catalog, name);
  }
  about("closing");
  await engine.close();
}

try {
  for (let life = 0; ; life++) await live(`catalog-${Math.floor(life / 3)}`, life);
} catch (error) {
  process.stdout.write(`ended ${String(error)}\n`);
}

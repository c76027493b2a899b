import { createRequire } from "node:module";
import { systemClock } from "../../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../../src/adapters/entropy/web-crypto.ts";
import { createNodeFileSystem } from "../../../../src/adapters/fs/node.ts";
import { createNodeProcessTable } from "../../../../src/adapters/process/node.ts";
import { openSqlJsEngine } from "../../../../src/adapters/sql/oplog/open.ts";
import { isCatalogError } from "../../../../src/errors.ts";

/*
 * A process of its own for the tests: adds rows `<name>-0`, `<name>-1`, ... to a catalog, each in a durable batch, and
 * prints a line for each that was acknowledged. It opens and closes the catalog every `rowsPerOpening` rows.
 */

interface Task {
  readonly sqlJsPath: string;
  readonly path: string;
  readonly name: string;
  readonly rows: number;
  readonly rowsPerOpening: number;
  readonly busyTimeoutMs: number;
  readonly migrations: readonly { readonly version: number; readonly name: string; readonly sql: string }[];
  readonly applicationId: number;
}

const task: Task = JSON.parse(process.argv[2] ?? "{}");
const sqljs = await createRequire(import.meta.url)(task.sqlJsPath)();

async function addRows(from: number, to: number): Promise<void> {
  const engine = await openSqlJsEngine({
    ...task,
    sqljs,
    fs: createNodeFileSystem(),
    mode: "create",
    clock: systemClock,
    entropy: webCryptoEntropy,
    processes: createNodeProcessTable(),
  });
  for (let row = from; row < to; row++) {
    const name = `${task.name}-${row}`;
    await engine.batch([{ sql: "INSERT INTO things (name) VALUES (?)", parameters: [name] }]);
    process.stdout.write(`${name}\n`);
  }
  await engine.close();
}

try {
  for (let row = 0; row < task.rows; row += task.rowsPerOpening) {
    await addRows(row, Math.min(task.rows, row + task.rowsPerOpening));
  }
} catch (error) {
  process.stdout.write(`error ${isCatalogError(error) ? error.code : String(error)}\n`);
  process.exitCode = 1;
}

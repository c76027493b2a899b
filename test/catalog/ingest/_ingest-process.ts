import { createRequire } from "node:module";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { createNodeProcessTable } from "../../../src/adapters/process/node.ts";
import { openSqlJsEngine } from "../../../src/adapters/sql/oplog/open.ts";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import { APPLICATION_ID } from "../../../src/catalog/format.ts";
import { ingest } from "../../../src/catalog/ingest/ingest.ts";
import { MIGRATIONS } from "../../../src/catalog/migrations.gen.ts";
import { openCatalog } from "../../../src/catalog/open.ts";
import { createPlacingContext, type PlacingOptions } from "../../../src/catalog/placing/placing-context.ts";

/*
 * A process of its own for the tests: ingests `contents` texts, all processes the same ones, each under a key of the
 * process's own, several at once, and prints a line for each that was acknowledged.
 */

interface Task {
  readonly sqlJsPath: string;
  /** Absent: without a catalog. */
  readonly catalogPath?: string;
  readonly rootDir: string;
  readonly name: string;
  readonly contents: number;
  readonly links: boolean;
  readonly options: PlacingOptions;
}

const task: Task = JSON.parse(process.argv[2] ?? "{}");
const node = createNodeFileSystem();
const fs = task.links
  ? node
  : new Proxy(node, {
      get: (target, name) => {
        if (name === "capabilities") return { hardlink: false, clone: false, directorySync: true, access: true };
        const own: unknown = Reflect.get(target, name);
        return typeof own === "function" ? own.bind(target) : own;
      },
    });
const parts = {
  fs,
  clock: systemClock,
  entropy: webCryptoEntropy,
  processes: createNodeProcessTable(),
  hashers: { core: createNativeHasher() },
  logger: { log: () => {} },
  telemetry: noTelemetry,
};
const sql =
  task.catalogPath === undefined
    ? undefined
    : await openSqlJsEngine({
        sqljs: await createRequire(import.meta.url)(task.sqlJsPath)(),
        fs: node,
        path: task.catalogPath,
        mode: "create",
        migrations: MIGRATIONS,
        applicationId: APPLICATION_ID,
        clock: systemClock,
        entropy: webCryptoEntropy,
        processes: parts.processes,
        busyTimeoutMs: 120_000,
      });
const catalog = sql && (await openCatalog({ ...parts, sql }));
const store = await openFileBlobStore({
  fs,
  rootDir: task.rootDir,
  entropy: webCryptoEntropy,
  owner: parts.processes.self(),
});
const context = createPlacingContext({ ...parts, sql }, { store, options: task.options });

async function ingestOne(index: number): Promise<void> {
  const artifactId = `${task.name}-${index}`;
  const meta = { artifactId, sourceUrl: `https://example.org/${index}.txt`, resolver: "test" };
  const { placement } = await ingest(context, new TextEncoder().encode(`content ${index}`.repeat(500)), meta, {});
  process.stdout.write(`${artifactId} ${placement}\n`);
}

process.stdout.write("ready\n");
await Promise.all(Array.from({ length: task.contents }, (_, index) => ingestOne(index)));
await catalog?.close();

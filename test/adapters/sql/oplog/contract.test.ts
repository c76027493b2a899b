import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../../src/adapters/fs/node.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import type { SqlEnginePlace } from "../../../../src/testing/sql-engine/place.ts";
import { testSqlEngine } from "../../../../src/testing/sql-engine-suite.ts";
import { createProcesses, openEngine } from "./_engine-world.ts";

const DEFAULTS = { busyTimeoutMs: 5000, refreshIntervalMs: 5 };

/** A database on a file system; `dead` are those that the second process takes for dead, and steals the lock of. */
function placeOn(fs: FileSystem, folder: string, dead?: ReadonlySet<number>): Omit<SqlEnginePlace, "dispose"> {
  const options = { ...DEFAULTS, fs, path: `${folder}/state/catalog.sqlite` };
  return {
    open: (migrations) => openEngine({ ...options, migrations }),
    openAsOther: (migrations, mode) =>
      openEngine({ ...options, migrations, mode, processes: createProcesses(2, dead) }),
  };
}

testSqlEngine({ describe, it }, "sql.js on memory", async () => ({
  ...placeOn(createMemoryFileSystem(), ""),
  dispose: async () => {},
}));

testSqlEngine({ describe, it }, "sql.js on memory, with a lock that is stolen", async () => ({
  ...placeOn(createMemoryFileSystem(), "", new Set([1])),
  dispose: async () => {},
}));

testSqlEngine({ describe, it }, "sql.js on files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "content-catalog-sqljs-"));
  return { ...placeOn(createNodeFileSystem(), folder), dispose: () => rm(folder, { recursive: true }) };
});

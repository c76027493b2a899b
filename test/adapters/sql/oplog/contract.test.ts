import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../../src/adapters/fs/node.ts";
import { testSqlEngine } from "../../../../src/testing/sql-engine-suite.ts";
import { openEngine } from "./_engine-world.ts";

testSqlEngine({ describe, it }, "sql.js on memory", async () => {
  const fs = createMemoryFileSystem();
  return {
    open: (migrations) => openEngine({ fs, path: "/state/catalog.sqlite", migrations }),
    dispose: async () => {},
  };
});

testSqlEngine({ describe, it }, "sql.js on files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "content-catalog-sqljs-"));
  return {
    open: (migrations) =>
      openEngine({ fs: createNodeFileSystem(), path: `${folder}/state/catalog.sqlite`, migrations }),
    dispose: () => rm(folder, { recursive: true }),
  };
});

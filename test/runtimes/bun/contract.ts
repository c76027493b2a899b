import { describe, it } from "bun:test";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createBunHasher } from "../../../src/adapters/hash/bun.ts";
import { createNodeProcessTable } from "../../../src/adapters/process/node.ts";
import { openCatalog } from "../../../src/hosts/bun.ts";
import { testRuntime } from "../contract.ts";

testRuntime(
  { describe, it },
  {
    name: "bun",
    fs: createNodeFileSystem(),
    nativeHasher: createBunHasher,
    processes: createNodeProcessTable(),
    openCatalog,
    makeFolder: () => mkdtemp(join(tmpdir(), "content-catalog-bun-")),
    removeFolder: (path) => rm(path, { recursive: true }),
    symlink,
  },
);

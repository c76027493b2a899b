import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { createNodeProcessTable } from "../../../src/adapters/process/node.ts";
import { openCatalog } from "../../../src/hosts/node.ts";
import { testRuntime } from "../contract.ts";

testRuntime(
  { describe, it },
  {
    name: "node",
    fs: createNodeFileSystem(),
    nativeHasher: createNativeHasher,
    processes: createNodeProcessTable(),
    openCatalog,
    makeFolder: () => mkdtemp(join(tmpdir(), "content-catalog-node-")),
    removeFolder: (path) => rm(path, { recursive: true }),
    symlink,
  },
);

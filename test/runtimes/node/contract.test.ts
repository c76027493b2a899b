import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { createNodeProcessTable } from "../../../src/adapters/process/node.ts";
import { openCatalog, openNodeCatalog } from "../../../src/hosts/node.ts";
import { testRuntime } from "../contract.ts";
import { testDefaults } from "../default-cases.ts";

const fs = createNodeFileSystem();
const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "content-catalog-node-"));
const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true });

testRuntime(
  { describe, it },
  {
    name: "node",
    fs,
    nativeHasher: createNativeHasher,
    processes: createNodeProcessTable(),
    openCatalog,
    makeFolder,
    removeFolder,
    symlink,
  },
);

testDefaults({ describe, it }, "node", {
  ...{ fs, openCatalog, openSettings: openNodeCatalog, makeFolder, removeFolder },
  cwd: () => process.cwd(),
  chdir: (path) => process.chdir(path),
});

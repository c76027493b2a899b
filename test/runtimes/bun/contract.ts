import { describe, it } from "bun:test";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { createNodeProcessTable } from "../../../src/adapters/process/node.ts";
import { openBunCatalog, openCatalog } from "../../../src/hosts/bun.ts";
import { openDigests } from "../../../src/hosts/digest/open-digests.ts";
import { testRuntime } from "../contract.ts";
import { testDefaults } from "../default-cases.ts";
import { testDigests } from "../digest-cases.ts";
import { testTelemetry } from "../telemetry-cases.ts";

const fs = createNodeFileSystem();
const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "content-catalog-bun-"));
const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true });

testRuntime(
  { describe, it },
  {
    name: "bun",
    fs,
    nativeHasher: createNativeHasher,
    processes: createNodeProcessTable(),
    openCatalog,
    makeFolder,
    removeFolder,
    symlink,
  },
);

testTelemetry({ describe, it }, "bun", {
  ...{ fs, openCatalog },
  makePlace: async () => {
    const directory = await makeFolder();
    return { directory, dispose: () => removeFolder(directory) };
  },
});

testDefaults({ describe, it }, "bun", {
  ...{ fs, openCatalog, openSettings: openBunCatalog, makeFolder, removeFolder },
  cwd: () => process.cwd(),
  chdir: (path) => process.chdir(path),
});

for (const [name, script] of [
  ["of workers of bun", undefined],
  ["in the thread of bun", "process.exit(1)"],
] as const) {
  testDigests({ describe, it }, name, async () => {
    const directory = await makeFolder();
    const pool = await openDigests({ jobs: 2, filesOf: "node", script });
    return { pool, fs, directory, symlink, dispose: () => removeFolder(directory) };
  });
}

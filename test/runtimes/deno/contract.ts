import { createDenoFileSystem } from "../../../src/adapters/fs/deno.ts";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { createDenoProcessTable } from "../../../src/adapters/process/deno.ts";
import { openCatalog, openDenoCatalog } from "../../../src/hosts/deno.ts";
import { openDigests } from "../../../src/hosts/digest/open-digests.ts";
import { testFileSystem } from "../../../src/testing/file-system-suite.ts";
import { testRuntime } from "../contract.ts";
import { testDefaults } from "../default-cases.ts";
import { testDigests } from "../digest-cases.ts";
import { runner } from "./runner.ts";

declare const Deno: {
  cwd(): string;
  chdir(path: string): void;
  makeTempDir(): Promise<string>;
  remove(path: string, options: { readonly recursive: true }): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
};

const fs = createDenoFileSystem();
const makeFolder = (): Promise<string> => Deno.makeTempDir();
const removeFolder = (path: string): Promise<void> => Deno.remove(path, { recursive: true });

/* deno test --allow-read --allow-write: a symlink, which only the suite makes, needs both without a path. */
testRuntime(runner, {
  name: "deno",
  fs,
  nativeHasher: createNativeHasher,
  processes: createDenoProcessTable(),
  openCatalog,
  makeFolder,
  removeFolder,
  symlink: (target, path) => Deno.symlink(target, path),
});

/* As if the device were slow. */
testFileSystem(runner, "deno in the pool", async () => {
  const directory = await makeFolder();
  const slow = createDenoFileSystem({ promptMs: -1 });
  // The first call is made at once all the same.
  await slow.list(directory)[Symbol.asyncIterator]().next();
  return { fs: slow, directory, dispose: () => removeFolder(directory) };
});

testDefaults(runner, "deno", {
  ...{ fs, openCatalog, openSettings: openDenoCatalog, makeFolder, removeFolder },
  cwd: () => Deno.cwd(),
  chdir: (path) => Deno.chdir(path),
});

/* A worker that fails at once is what Deno makes of one that it does not permit, without the line that it prints. */
for (const [name, script] of [
  ["of workers of deno", undefined],
  ["in the thread of deno", "process.exit(1)"],
] as const) {
  testDigests(runner, name, async () => {
    const directory = await makeFolder();
    const pool = await openDigests({ jobs: 2, filesOf: "deno", script });
    const symlink = (target: string, path: string): Promise<void> => Deno.symlink(target, path);
    return { pool, fs, directory, symlink, dispose: () => removeFolder(directory) };
  });
}

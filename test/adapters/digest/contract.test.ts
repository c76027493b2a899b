import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { createFileDigests } from "../../../src/adapters/digest/file-digests.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { openDigests } from "../../../src/hosts/digest/open-digests.ts";
import type { DigestPool } from "../../../src/ports/digest-pool.ts";
import { describeWith, outputOf } from "../../components.ts";
import { type DigestPlace, testDigests, testDigestsOfPipe } from "../../runtimes/digest-cases.ts";

const runner = { describe, it };
const fs = createNodeFileSystem();

/** A script that no worker can run. */
const script = "throw new Error('no worker here')";

const POOLS: Readonly<Record<string, () => Promise<DigestPool>>> = {
  "of a worker": () => openDigests({ jobs: 1, filesOf: "node" }),
  "of three workers": () => openDigests({ jobs: 3, filesOf: "node" }),
  "in the thread, where no worker starts": () => openDigests({ jobs: 2, filesOf: "node", script }),
  "over the file system of Node": async () => createFileDigests(fs, createNativeHasher()),
};

async function makePlace(open: () => Promise<DigestPool>): Promise<DigestPlace> {
  const directory = await mkdtemp(join(tmpdir(), "digests-"));
  const dispose = (): Promise<void> => rm(directory, { recursive: true });
  return { pool: await open(), fs, directory, symlink, dispose };
}

for (const [name, open] of Object.entries(POOLS)) testDigests(runner, name, () => makePlace(open));

describeWith("mkfifo", "Digests beside pipes", (mkfifo) => {
  const makePipe = async (path: string): Promise<void> => void outputOf(mkfifo, [path]);
  for (const [name, open] of Object.entries(POOLS)) {
    testDigestsOfPipe(runner, name, { make: () => makePlace(open), makePipe });
  }
});

testDigests(runner, "over files in memory", async () => {
  const memory = createMemoryFileSystem();
  return { pool: createFileDigests(memory, createWasmHasher()), fs: memory, directory: "", dispose: async () => {} };
});

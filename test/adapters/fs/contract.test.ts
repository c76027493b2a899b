import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { testFileSystem } from "../../../src/testing/file-system-suite.ts";

testFileSystem({ describe, it }, "node", async () => {
  const directory = await mkdtemp(join(tmpdir(), "file-system-"));
  return { fs: createNodeFileSystem(), directory, symlink, dispose: () => rm(directory, { recursive: true }) };
});

testFileSystem({ describe, it }, "memory", async () => {
  const fs = createMemoryFileSystem();
  return { fs, directory: "/", dispose: async () => {} };
});

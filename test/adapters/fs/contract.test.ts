import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createScratchFileSystem } from "../../../src/adapters/fs/scratch/scratch.ts";
import { testFileSystem } from "../../../src/testing/file-system-suite.ts";

/** How promptly calls on names have to be made: then at once, or never, as if the device were slow. */
const PROMPTNESS = { node: Number.POSITIVE_INFINITY, "node in the thread pool": -1 };

for (const [name, promptMs] of Object.entries(PROMPTNESS)) {
  testFileSystem({ describe, it }, name, async () => {
    const directory = await mkdtemp(join(tmpdir(), "file-system-"));
    const fs = createNodeFileSystem({ promptMs });
    // The first call is made at once all the same.
    await fs.stat(directory);
    return { fs, directory, symlink, dispose: () => rm(directory, { recursive: true }) };
  });
}

testFileSystem({ describe, it }, "memory", async () => {
  const fs = createMemoryFileSystem();
  return { fs, directory: "/", dispose: async () => {} };
});

testFileSystem({ describe, it }, "scratch", async () => {
  const directory = await mkdtemp(join(tmpdir(), "file-system-"));
  const fs = createScratchFileSystem(createNodeFileSystem());
  // Symlinks of below lead to what is below.
  return { fs, directory, dispose: () => rm(directory, { recursive: true }) };
});

import { rm } from "node:fs/promises";
import { describe, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { testBlobStore } from "../../../src/testing/blob-store/blob-store-suite.ts";
import type { BlobStorePlace } from "../../../src/testing/blob-store/place.ts";
import { lacking, makeFolder, openStore } from "./_store-world.ts";

const runner = { describe, it };

function inMemory(fs: FileSystem): () => Promise<BlobStorePlace> {
  return async () => ({ store: await openStore(fs, `/${crypto.randomUUID()}/root`), dispose: async () => {} });
}

async function onDisk(fs: FileSystem): Promise<BlobStorePlace> {
  const folder = await makeFolder();
  return {
    store: await openStore(fs, `${folder}/not/yet/there`),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

testBlobStore(runner, "of files in memory", inMemory(createMemoryFileSystem()));
testBlobStore(runner, "of files in memory that can be cloned", inMemory(createMemoryFileSystem({ clone: true })));
testBlobStore(runner, "of files in memory without links", inMemory(lacking(createMemoryFileSystem(), "hardlink")));
testBlobStore(runner, "of files of the machine", () => onDisk(createNodeFileSystem()));
testBlobStore(runner, "of files of the machine without links", () =>
  onDisk(lacking(createNodeFileSystem(), "hardlink", "clone")),
);

import { mkdir, rename, rmdir, stat } from "node:fs/promises";
import { expect, it } from "vitest";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { type BlobKey, parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import type { BlobStore } from "../../../src/ports/blob-store.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { inFolder, openStore } from "./_store-world.ts";

async function put(store: BlobStore, key: BlobKey): Promise<void> {
  const writer = await store.stage();
  const staged = await writer.finish();
  await store.place(staged, key);
  await store.dropStaged(staged);
  await store.syncName(key);
}

it("makes the name of a folder durable again that somebody removed and made again", () =>
  inFolder(async (folder) => {
    const fs = createFaultyFileSystem(createNodeFileSystem());
    const store = await openStore(fs, folder);
    const key = parseBlobKey("papers/one/a.pdf");
    await put(store, key);
    const before = (await stat(`${folder}/papers/one`, { bigint: true })).ino;
    await rename(`${folder}/papers/one/a.pdf`, `${folder}/elsewhere.pdf`);
    await rmdir(`${folder}/papers/one`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await mkdir(`${folder}/papers/one`);
    // What makes this hard is that ext4 gives it the number that it had; elsewhere it passes anyway.
    const isSameNumber = before === (await stat(`${folder}/papers/one`, { bigint: true })).ino;
    const calls = fs.trace.length;
    await put(store, key);
    const synced = fs.trace.slice(calls).filter(({ operation }) => operation === "syncDirectory");
    expect(
      synced.map(({ path }) => path.slice(folder.length)),
      `same number: ${isSameNumber}`,
    ).toEqual(["/papers/one", "/papers"]);
  }));

import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import type { BlobStore, TakenBlob } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { changed, inFolder, openStore } from "./_store-world.ts";

const KEY = parseBlobKey("papers/one/a.pdf");
const RESERVE = "/root/.trash/reserve";
const SIZE_BYTES = 64 * 1024;
const MARKER = new TextEncoder().encode("{}");

async function place(store: BlobStore, text: string): Promise<void> {
  const writer = await store.stage();
  await writer.write(new TextEncoder().encode(text));
  const staged = await writer.finish();
  expect(await store.place(staged, KEY)).toBe(true);
  await store.dropStaged(staged);
}

async function take(store: BlobStore): Promise<TakenBlob> {
  const found = await store.stat(KEY);
  const taken = found && (await store.take(KEY, { found, run: store.newRun(), keepName: true }));
  if (taken === undefined) throw new Error("there is nothing to take");
  return taken;
}

async function sizeOf(fs: FileSystem): Promise<number | undefined> {
  return (await fs.lstat(RESERVE))?.sizeBytes;
}

/** `fs` without room for anything new as long as `isFull` says so. */
function filled(fs: FileSystem, isFull: () => Promise<boolean>): FileSystem {
  const refuse = async (): Promise<void> => {
    if (await isFull()) throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
  };
  return changed(fs, {
    open: async (path, mode, createMode) => {
      if (mode === "create") await refuse();
      return fs.open(path, mode, createMode);
    },
    makeDirectory: async (path) => {
      await refuse();
      await fs.makeDirectory(path);
    },
  });
}

describe("the reserve", () => {
  it("is there from the first marker on, of bytes that no device stores in fewer", () =>
    inFolder(async (folder) => {
      const store = await openStore(createNodeFileSystem(), folder);
      await place(store, "bytes");
      expect(await readdir(folder)).not.toContain(".trash");
      await store.markers.write("id", MARKER);
      const bytes = await readFile(`${folder}/.trash/reserve`);
      expect(bytes.byteLength).toBe(SIZE_BYTES);
      expect(gzipSync(bytes).byteLength).toBeGreaterThan(SIZE_BYTES);
    }));

  it("is made again when a blob was dropped, also where only a part of it is left", async () => {
    const fs = createMemoryFileSystem();
    const store = await openStore(fs);
    await place(store, "bytes");
    await store.dropTaken(await take(store));
    expect(await sizeOf(fs)).toBe(SIZE_BYTES);
    await fs.unlink(RESERVE);
    await (await fs.open(RESERVE, "create")).close();
    const next = await openStore(fs);
    await place(next, "bytes");
    await next.dropTaken(await take(next));
    expect(await sizeOf(fs)).toBe(SIZE_BYTES);
  });

  it.each(["take", "giveBack", "keepTaken"] as const)("makes room for %s on a full disk, once", async (way) => {
    const files = createMemoryFileSystem({ freeBytes: () => 1e9 });
    let isFull = false;
    const fs = filled(files, async () => isFull && (await sizeOf(files)) !== undefined);
    const store = await openStore(fs);
    await store.markers.write("id", MARKER);
    await place(store, "bytes");
    isFull = way === "take";
    const taken = await take(store);
    if (way === "take") expect(await sizeOf(files)).toBeUndefined();
    else expect(await sizeOf(files)).toBe(SIZE_BYTES);
    isFull = true;
    if (way === "giveBack") {
      // The folder of the name that it gets has to be made.
      expect(await store.giveBack(taken, { to: parseBlobKey("other/name") })).toBe("back");
    } else if (way === "keepTaken") expect((await store.keepTaken(taken)).kept).toBe(true);
    else await store.dropTaken(taken);
    expect(await sizeOf(files)).toBe(way === "take" ? SIZE_BYTES : undefined);
  });

  it("is no help where it is not enough, or not there", async () => {
    const files = createMemoryFileSystem({ freeBytes: () => 1e9 });
    let isFull = false;
    const store = await openStore(filled(files, async () => isFull));
    await store.markers.write("id", MARKER);
    await place(store, "bytes");
    isFull = true;
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(take(store)).rejects.toMatchObject({ code: "NO_SPACE" });
    expect((await store.stat(KEY))?.sizeBytes).toBe(5);
    expect(await sizeOf(files)).toBeUndefined();
  });

  it("is made by nobody before anything was deleted, where it is not told how much is free", async () => {
    const fs = createMemoryFileSystem();
    await (await openStore(fs)).markers.write("id", MARKER);
    expect(await sizeOf(fs)).toBeUndefined();
  });

  it("is not made where little is free, but when there is more", async () => {
    let freeBytes = 1024 * 1024 - 1;
    const fs = createMemoryFileSystem({ freeBytes: () => freeBytes });
    const store = await openStore(fs);
    await store.markers.write("id", MARKER);
    expect(await sizeOf(fs)).toBeUndefined();
    freeBytes += 1;
    await place(store, "bytes");
    await store.dropTaken(await take(store));
    expect(await sizeOf(fs)).toBe(SIZE_BYTES);
  });

  it.each(["before", "after", "torn", "short"] as const)(
    "does not matter to a marker if it cannot be made, and is made later, %s",
    async (effect) => {
      let struck = 0;
      for (let failAt = 1; ; failAt += 1) {
        const files = createMemoryFileSystem({ freeBytes: () => 1e9 });
        const fs = createFaultyFileSystem(files, { failAt, effect, code: "ENOSPC" });
        const [written] = await Promise.allSettled([openStore(fs).then(({ markers }) => markers.write("id", MARKER))]);
        const { operation = "", path = "" } = fs.trace[failAt - 1] ?? {};
        // The last thing that is done for a marker is this one.
        const first = fs.trace.findIndex((call) => call.path === RESERVE);
        if (first !== -1 && first < failAt && operation !== "") {
          struck += 1;
          expect(written.status, `${operation} ${path}`).toBe("fulfilled");
        }
        const next = await openStore(files);
        await place(next, "bytes");
        await next.dropTaken(await take(next));
        expect(await sizeOf(files), `${operation} ${path}`).toBe(SIZE_BYTES);
        if (fs.faults === 0) break;
      }
      expect(struck).toBeGreaterThan(5);
    },
  );

  it("follows no symlink, and removes nothing where one leads", () =>
    inFolder(async (folder) => {
      const [root, outside] = [`${folder}/root`, `${folder}/outside`];
      await mkdir(outside);
      await writeFile(`${outside}/reserve`, "theirs");
      const store = await openStore(createNodeFileSystem(), root);
      await place(store, "bytes");
      await symlink(outside, `${root}/.trash`);
      await store.markers.write("id", MARKER);
      expect(await readFile(`${outside}/reserve`, "utf8")).toBe("theirs");
      await expect(take(store)).rejects.toMatchObject({ code: "REFUSED" });
      const full = await openStore(
        createFaultyFileSystem(createNodeFileSystem(), { failAt: 1, operations: ["rename", "open"], code: "ENOSPC" }),
        root,
      );
      await expect(take(full)).rejects.toBeDefined();
      expect(await readdir(outside)).toEqual(["reserve"]);
    }));
});

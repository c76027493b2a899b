import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { isSameEntry } from "../../../src/catalog/files/same-entry.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { changed, lacking } from "../../adapters/blob/_store-world.ts";
import { type IngestWorld, openWorld, type WorldOptions } from "./_ingest-world.ts";

const KEY = { artifactId: "a", sourceUrl: "https://example.org/a.txt" };

async function write(fs: FileSystem, path: string, text: string): Promise<void> {
  const handle = await fs.open(path, "create");
  await handle.write(new TextEncoder().encode(text));
  await handle.close();
}

/** A device on which files have the times that a test gives them, and none changes by itself. */
function createFiles(nowMs: () => number): FileSystem {
  return createMemoryFileSystem({ now: nowMs });
}

async function texts({ context }: IngestWorld, ...paths: readonly string[]): Promise<readonly (string | undefined)[]> {
  const { fs } = context;
  const read = async (path: string): Promise<string | undefined> =>
    (await fs.lstat(path)) && new TextDecoder().decode(await fs.readFile(path));
  return Promise.all(paths.map(read));
}

describe("a file that was moved", () => {
  it("stays if it was written to since, though its time does not tell", async () => {
    // One moment for all: the file was made a moment ago, and the device tells times in steps.
    const files = lacking(
      createFiles(() => Date.now() - (Date.now() % 1e9)),
      "hardlink",
    );
    await write(files, "/in.txt", "hello");
    const stat = await files.lstat("/in.txt");
    const recent = { modifiedMs: Date.now(), identity: stat?.identity ?? "" };
    let isStored = false;
    const fs = changed(files, {
      lstat: async (path) => {
        const found = await files.lstat(path);
        return found && path === "/in.txt" ? { ...found, ...recent } : found;
      },
      syncDirectory: async (path) => {
        if (!isStored && path.includes("/cas")) {
          isStored = true;
          await files.unlink("/in.txt");
          await write(files, "/in.txt", "jello");
        }
        await files.syncDirectory(path);
      },
    });
    const world = await openWorld({ fs, layout: "cas" });
    expect(await world.finalize("/in.txt", KEY)).toMatchObject({ sourceKept: "was written to after it was read" });
    expect(await texts(world, "/in.txt")).toEqual(["jello"]);
  });

  it("goes when the copy that stays lies elsewhere, which is made durable", async () => {
    const fs = createMemoryFileSystem();
    await write(fs, "/in.txt", "hello");
    await write(fs, "/outside.txt", "hello");
    const synced: string[] = [];
    const watched = changed(fs, {
      open: async (path, mode, createMode) => {
        const handle = await fs.open(path, mode, createMode);
        const sync = handle.sync.bind(handle);
        const noted = async (): Promise<void> => {
          synced.push(path);
          await sync();
        };
        return Object.assign(handle, { sync: noted });
      },
    });
    const world = await openWorld({ fs: watched });
    await world.catalog.registerOrGet({ ...KEY, resolver: "unpaywall", bytes: 5, storageUri: "file:///outside.txt" });
    expect(await world.finalize("/in.txt", KEY)).toMatchObject({ outcome: "completed", placement: "dedup" });
    expect([await texts(world, "/in.txt", "/outside.txt"), synced]).toEqual([
      [undefined, "hello"],
      expect.arrayContaining(["/outside.txt"]),
    ]);
  });

  it("stays when what its row names lost the bytes by then", async () => {
    for (const computeSha256 of [true, false]) {
      const files = lacking(createMemoryFileSystem(), "hardlink");
      await write(files, "/in.txt", "hello");
      let isLost = false;
      const fs = changed(files, {
        // The first look at the source when all is done.
        realPath: async (path) => {
          const blob = "/root/unpaywall/a/a.txt";
          if (!isLost && path === "/in.txt" && (await files.lstat(blob))) {
            isLost = true;
            await files.unlink(blob);
            await write(files, blob, "jello");
          }
          return files.realPath(path);
        },
      });
      const world = await openWorld({ fs, computeSha256 });
      const { sourceKept } = await world.finalize("/in.txt", KEY);
      expect(sourceKept).toMatch(/^has no proven copy: /);
      expect(await texts(world, "/in.txt")).toEqual(["hello"]);
    }
  });

  it.each([
    ["registered there", undefined, "is named by the catalog where it lies"],
    ["without a catalog", "none", "lies in the root, where it may be in use"],
  ] as const)("stays when it is a blob that another mount shows, %s", async (_how, sql, expected) => {
    const files = createMemoryFileSystem();
    const options: WorldOptions = { pathTemplate: "{basename}", sql };
    const world = await openWorld({ ...options, fs: mounted(files) });
    await world.ingest("hello", { ...KEY, basename: "a" });
    const { sourceKept } = await world.finalize("/mnt/a", { artifactId: "b", sourceUrl: "u", basename: "b" });
    expect(sourceKept).toBe(expected);
    expect(await texts(world, "/root/a")).toEqual(["hello"]);
  });

  it("says when a blob cannot be protected, which keeps no file", async () => {
    const fs = createMemoryFileSystem();
    await write(fs, "/in.txt", "hello");
    const world = await openWorld({
      fs: changed(fs, {
        open: async (path, mode, createMode) => {
          const setAccess = () => Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" }));
          return Object.assign(await fs.open(path, mode, createMode), { setAccess });
        },
      }),
      layout: "cas",
    });
    expect((await world.finalize("/in.txt", KEY)).sourceKept).toBeUndefined();
    expect(world.logs).toEqual(["warn: Could not protect a blob from being written to"]);
  });

  it("is told from what has the same name in another folder by the folders themselves", async () => {
    const fs = createMemoryFileSystem();
    await fs.makeDirectory("/root");
    expect(await isSameEntry(mounted(fs), "/mnt/x", "/root/X")).toBe(true);
    expect(await isSameEntry(mounted(fs), "/mnt/x", "/root/y")).toBe(false);
    expect(await isSameEntry(fs, "/none/x", "/gone/x")).toBe(false);
  });
});

/** The folder /root is also seen as /mnt, and files of one are not linked into the other. */
function mounted(fs: FileSystem): FileSystem {
  const real = (path: string): string => path.replace(/^\/mnt(?=\/|$)/, "/root");
  return changed(fs, {
    open: (path, mode, createMode) => fs.open(real(path), mode, createMode),
    stat: (path) => fs.stat(real(path)),
    lstat: (path) => fs.lstat(real(path)),
    rename: (from, to) => fs.rename(real(from), real(to)),
    unlink: (path) => fs.unlink(real(path)),
    realPath: async (path) => {
      await fs.realPath(real(path));
      return path;
    },
    link: (from, to) =>
      from.startsWith("/mnt")
        ? Promise.reject(Object.assign(new Error("EXDEV"), { code: "EXDEV" }))
        : fs.link(from, to),
  });
}

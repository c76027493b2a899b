import { open } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import { createNativeHasher } from "../../../../src/adapters/hash/native.ts";
import { createDigest } from "../../../../src/adapters/sql/oplog/log/chain.ts";
import { parseHeader } from "../../../../src/adapters/sql/oplog/log/log-header.ts";
import { fingerprintOf } from "../../../../src/adapters/sql/oplog/protocol/fingerprint.ts";
import type { SqlJsModule } from "../../../../src/adapters/sql/oplog/replica/vendor.ts";
import type { FileStat, FileSystem } from "../../../../src/ports/file-system.ts";
import type { Hasher } from "../../../../src/ports/hasher.ts";
import {
  createProcesses,
  insert,
  inTemporaryFolder,
  names,
  openEngine,
  overrideCalls,
  overrideHandles,
  sqljs,
  writeFile,
} from "./_engine-world.ts";

const PATH = "/catalog.sqlite";
const LOG = `${PATH}.oplog`;

const digest = createDigest(createNativeHasher());

/** A file system that counts the bytes read from the catalog file; `onRead` hears of the first. */
function countReads(fs: FileSystem, onRead = (): void => undefined): { readonly fs: FileSystem; bytes: number } {
  const counted = {
    bytes: 0,
    fs: overrideHandles(fs, (handle, path) => ({
      read: async (target, position) => {
        const count = await handle.read(target, position);
        if (path === PATH) counted.bytes += count;
        if (path === PATH) onRead();
        return count;
      },
    })),
  };
  return counted;
}

/** A hasher that counts what it hashed. */
function countDigests(): { readonly hasher: Hasher; count: number } {
  const native = createNativeHasher();
  const counted = {
    count: 0,
    hasher: {
      ...native,
      create: () => {
        counted.count += 1;
        return native.create();
      },
    },
  };
  return counted;
}

async function createCatalog(fs: FileSystem): Promise<number> {
  const engine = await openEngine({ fs, path: PATH });
  await engine.batch([insert("a")]);
  await engine.close();
  return (await fs.stat(PATH))?.sizeBytes ?? 0;
}

/** A fresh engine, as another process has it. */
function openOther(fs: FileSystem): ReturnType<typeof openEngine> {
  return openEngine({ fs, path: PATH, processes: createProcesses(2), busyTimeoutMs: 10_000 });
}

/** Puts another file in the place of the catalog. */
async function replaceFile(fs: FileSystem, path: string): Promise<void> {
  const db = new sqljs.Database(await fs.readFile(path));
  db.run("INSERT INTO things (name) VALUES ('edited')");
  await writeFile(fs, "/edited", db.export());
  db.close();
  await fs.rename("/edited", path);
}

async function appendByte(fs: FileSystem, path: string): Promise<void> {
  const handle = await fs.open(path, "append");
  await handle.write(new Uint8Array(1));
  await handle.close();
}

describe("opening a catalog without a log", () => {
  it.each(["read", "write"] as const)("to %s reads the file once and hashes nothing", async (mode) => {
    const memory = createMemoryFileSystem();
    const sizeBytes = await createCatalog(memory);
    const counted = countReads(memory);
    const digests = countDigests();
    const engine = await openEngine({ fs: counted.fs, path: PATH, mode, hasher: digests.hasher });
    expect(await names(engine)).toEqual(["a"]);
    expect([counted.bytes, digests.count]).toEqual([sizeBytes, 0]);
    await engine.close();
  });

  it("reads the file while sql.js is on its way", async () => {
    const memory = createMemoryFileSystem();
    await createCatalog(memory);
    let arrive = (_module: SqlJsModule): void => undefined;
    const arriving = new Promise<SqlJsModule>((resolve) => {
      arrive = resolve;
    });
    const { fs } = countReads(memory, () => arrive(sqljs));
    const engine = await openEngine({ fs, path: PATH, sqljs: arriving });
    expect(await names(engine)).toEqual(["a"]);
    await engine.close();
  });

  it("fails as sql.js does, or before", async () => {
    const fs = createMemoryFileSystem();
    await createCatalog(fs);
    const failing = async (): Promise<SqlJsModule> => Promise.reject(new WebAssembly.LinkError("planned"));
    await expect(openEngine({ fs, path: PATH, sqljs: failing() })).rejects.toThrow("planned");
    const missing = openEngine({ fs, path: "/none.sqlite", mode: "read", sqljs: failing() });
    await expect(missing).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("the log that is created later", () => {
  it("names the file that was read, though it was edited since and nothing shows that", async () => {
    await inTemporaryFolder(async (folder, real) => {
      const path = `${folder}/catalog.sqlite`;
      // A clock so coarse that an edit in place leaves size and time as they were.
      const still = (stat: FileStat): FileStat => ({ ...stat, modifiedMs: 0 });
      const handles = overrideHandles(real, (handle) => ({ stat: async () => still(await handle.stat()) }));
      const lstat = async (at: string): Promise<FileStat | undefined> => {
        const found = await real.lstat(at);
        return found && still(found);
      };
      const fs = overrideCalls(handles, { lstat });
      const first = await openEngine({ fs, path });
      await first.batch([insert("a")]);
      await first.close();
      const bytes = await fs.readFile(path);
      const engine = await openEngine({ fs, path, checkpointOnClose: "never" });
      const file = await open(path, "r+");
      await file.write("EDITED", bytes.byteLength - 100);
      await file.close();
      await engine.batch([insert("b")]);
      const header = await parseHeader(digest, await fs.readFile(`${path}.oplog`));
      expect(header).toMatchObject({ fingerprint: await fingerprintOf(digest, bytes) });
      const other = openEngine({ fs, path, processes: createProcesses(2) });
      await expect(other).rejects.toMatchObject({ code: "DIVERGED" });
      await engine.close();
    });
  });
});

describe("a checkpoint", () => {
  it("goes on with what is in memory, and others with what it wrote", async () => {
    const memory = createMemoryFileSystem();
    await createCatalog(memory);
    const counted = countReads(memory);
    const engine = await openEngine({ fs: counted.fs, path: PATH, checkpointOnClose: "never" });
    counted.bytes = 0;
    for (const name of ["b", "c"]) {
      await engine.batch([insert(name)]);
      await engine.checkpoint();
    }
    await engine.batch([insert("d")]);
    expect(counted.bytes).toBe(0);
    const header = await parseHeader(digest, await memory.readFile(LOG));
    expect(header).toMatchObject({ fingerprint: await fingerprintOf(digest, await memory.readFile(PATH)) });
    const other = await openOther(memory);
    expect(await names(other)).toEqual(["a", "b", "c", "d"]);
    await other.batch([insert("e")]);
    expect(await names(engine)).toEqual(["a", "b", "c", "d", "e"]);
    expect(counted.bytes).toBe(0);
    await Promise.all([engine.close(), other.close()]);
  });

  it("answers reads all the time", async () => {
    const memory = createMemoryFileSystem();
    const seen: (readonly string[])[] = [];
    const fs = overrideCalls(memory, {
      syncDirectory: async (path) => {
        if (engine !== undefined) seen.push(await names(engine));
        await memory.syncDirectory(path);
      },
    });
    let engine: Awaited<ReturnType<typeof openEngine>> | undefined;
    const opened = await openEngine({ fs, path: PATH });
    await opened.batch([insert("a")]);
    engine = opened;
    await opened.checkpoint();
    engine = undefined;
    expect(seen).toEqual([["a"], ["a"]]);
    await opened.close();
  });

  it.each([
    ["replaced", replaceFile, ["a", "edited"]],
    ["written into", appendByte, ["a"]],
  ])("reads the file again that was %s as soon as it had its name", async (_what, edit, expected) => {
    const memory = createMemoryFileSystem();
    let editing = false;
    const counted = countReads(
      overrideCalls(memory, {
        rename: async (from, to) => {
          await memory.rename(from, to);
          if (editing && to === PATH) await edit(memory, PATH);
        },
      }),
    );
    const engine = await openEngine({ fs: counted.fs, path: PATH });
    await engine.batch([insert("a")]);
    editing = true;
    counted.bytes = 0;
    await engine.checkpoint();
    editing = false;
    expect(counted.bytes).toBe((await memory.stat(PATH))?.sizeBytes);
    expect(await names(engine)).toEqual(expected);
    await engine.close();
  });
});

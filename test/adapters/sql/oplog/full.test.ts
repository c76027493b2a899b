import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import type { SqlStatement } from "../../../../src/ports/sql.ts";
import {
  insert,
  inspectBytes,
  listNames,
  names,
  openEngine,
  overrideCalls,
  overrideHandles,
  posixError,
  writeFile,
} from "./_engine-world.ts";

const PATH = "/catalog.sqlite";
const RESERVE = `${PATH}.reserve`;
const REMOVE_A: SqlStatement = { sql: "DELETE FROM things WHERE name = ?", parameters: ["a"] };
const MAKES_ROOM = { makesRoom: true };

/** A disk on which `isFull` says what cannot be written now. */
function createDisk(isFull: (path: string, memory: FileSystem) => Promise<boolean> | boolean): {
  readonly fs: FileSystem;
  fill(): void;
} {
  const memory = createMemoryFileSystem();
  let full = false;
  const fs = overrideHandles(memory, (handle, path) => ({
    write: async (bytes) => {
      if (full && (await isFull(path, memory))) throw posixError("ENOSPC");
      return handle.write(bytes);
    },
  }));
  return {
    fs,
    fill: () => {
      full = true;
    },
  };
}

async function createCatalog(fs: FileSystem): Promise<void> {
  const engine = await openEngine({ fs, path: PATH });
  await engine.batch([insert("a"), insert("b")]);
  await engine.close();
}

/** What says that it makes room has its way, and nothing else. */
async function expectOnlyRoomIsMade(fs: FileSystem): Promise<void> {
  const engine = await openEngine({ fs, path: PATH });
  for (const statement of [insert("c"), REMOVE_A]) {
    await expect(engine.batch([statement])).rejects.toMatchObject({ code: "NO_SPACE" });
  }
  await engine.batch([REMOVE_A], MAKES_ROOM);
  expect(await names(engine)).toEqual(["b"]);
  await engine.close();
}

const isLock = (path: string): boolean => path.includes(".lock");

describe("a full disk", () => {
  it("on which no lock can be written takes what makes room, and nothing else", async () => {
    const { fs, fill } = createDisk(isLock);
    await createCatalog(fs);
    fill();
    const engine = await openEngine({ fs, path: PATH });
    await expect(engine.batch([insert("c")])).rejects.toMatchObject({ code: "NO_SPACE" });
    expect(await engine.checkpoint()).toMatchObject({ batches: 0 });
    await engine.batch([REMOVE_A], MAKES_ROOM);
    expect(await names(engine)).toEqual(["b"]);
    expect(await engine.checkpoint()).toMatchObject({ batches: 1 });
    await engine.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
    expect(inspectBytes(await fs.readFile(PATH))).toEqual({ integrity: "ok", names: ["b"] });
  });

  it("takes a batch that only adds rows, if it says that it makes room", async () => {
    const { fs, fill } = createDisk(isLock);
    await createCatalog(fs);
    fill();
    const engine = await openEngine({ fs, path: PATH });
    await engine.batch([insert("record of what is removed")], MAKES_ROOM);
    expect(await names(engine)).toEqual(["a", "b", "record of what is removed"]);
    await engine.close();
  });

  it("takes nothing without a lock where links do not exist", async () => {
    const disk = createDisk(isLock);
    const fs = overrideCalls(disk.fs, { capabilities: { ...disk.fs.capabilities, hardlink: false } });
    await createCatalog(fs);
    disk.fill();
    const engine = await openEngine({ fs, path: PATH });
    await expect(engine.batch([REMOVE_A], MAKES_ROOM)).rejects.toMatchObject({ code: "NO_SPACE" });
    await expect(engine.checkpoint()).rejects.toMatchObject({ code: "NO_SPACE" });
    expect(await names(engine)).toEqual(["a", "b"]);
    await engine.close();
  });

  it("gives a log the room that the lock took", async () => {
    // One file at a time.
    const { fs, fill } = createDisk(async (path, memory) => {
      const others = (await listNames(memory, "/")).filter((name) => isLock(name));
      return path === RESERVE || (path.endsWith(".d/new") && others.length > 0);
    });
    await createCatalog(fs);
    fill();
    await expectOnlyRoomIsMade(fs);
  });

  it("gives a log the room that was kept back for one before", async () => {
    const { fs, fill } = createDisk(async (path, memory) => {
      return path.endsWith(".d/new") && (await memory.stat(RESERVE)) !== undefined;
    });
    await createCatalog(fs);
    await writeFile(fs, RESERVE, new Uint8Array(9));
    fill();
    await expectOnlyRoomIsMade(fs);
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
  });

  it("that stays full says so, and leaves all as it is", async () => {
    const { fs, fill } = createDisk((path) => path.endsWith(".d/new") || isLock(path));
    await createCatalog(fs);
    const bytes = await fs.readFile(PATH);
    fill();
    const engine = await openEngine({ fs, path: PATH });
    await expect(engine.batch([REMOVE_A], MAKES_ROOM)).rejects.toMatchObject({ code: "NO_SPACE" });
    expect(await names(engine)).toEqual(["a", "b"]);
    await engine.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
    expect(Buffer.from(await fs.readFile(PATH)).equals(bytes)).toBe(true);
  });
});

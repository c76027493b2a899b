import { symlink } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import { createFaultyFileSystem } from "../../../../src/testing/faulty-file-system.ts";
import {
  APPLICATION_ID,
  createProcesses,
  insert,
  inspectBytes,
  inTemporaryFolder,
  listNames,
  MIGRATIONS_2,
  names,
  openEngine,
  overrideCalls,
  overrideHandles,
  posixError,
  sqljs,
  writeFile,
} from "./_engine-world.ts";

const PATH = "/catalog.sqlite";

/** A file system that says it cannot link, or says so only when asked to. */
function withoutLinks(fs: FileSystem, honest: boolean): FileSystem {
  const link = async (): Promise<void> => {
    throw posixError("ENOTSUP");
  };
  return overrideCalls(fs, honest ? { link, capabilities: { ...fs.capabilities, hardlink: false } } : { link });
}

describe("the catalog file", () => {
  it("is a plain SQLite file with application id, version and rollback journal", async () => {
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ fs, path: PATH });
    await engine.batch([insert("a")]);
    await engine.checkpoint();
    const bytes = await fs.readFile(PATH);
    expect(inspectBytes(bytes)).toEqual({ integrity: "ok", names: ["a"] });
    const db = new sqljs.Database(bytes);
    expect(db.exec("PRAGMA application_id; PRAGMA user_version; PRAGMA journal_mode").map((r) => r.values[0])).toEqual([
      [APPLICATION_ID],
      [1],
      ["delete"],
    ]);
    db.close();
    await engine.close();
  });

  it("keeps its mode, and stays where a link leads", async () => {
    await inTemporaryFolder(async (folder, fs) => {
      await fs.makeDirectory(`${folder}/real`);
      await symlink("real/catalog.sqlite", `${folder}/link.sqlite`);
      await expect(openEngine({ fs, path: `${folder}/link.sqlite` })).rejects.toMatchObject({ code: "NOT_FOUND" });
      await (await openEngine({ fs, path: `${folder}/real/catalog.sqlite` })).close();
      await fs.setMode(`${folder}/real/catalog.sqlite`, 0o640);
      const engine = await openEngine({ fs, path: `${folder}/link.sqlite` });
      await engine.batch([insert("a")]);
      await fs.setMode(`${folder}/real/catalog.sqlite`, 0o666);
      await engine.batch([insert("b")]);
      await engine.close();
      expect((await fs.lstat(`${folder}/link.sqlite`))?.kind).toBe("symlink");
      expect((await fs.stat(`${folder}/link.sqlite`))?.mode).toBe(0o666);
      expect(inspectBytes(await fs.readFile(`${folder}/real/catalog.sqlite`)).names).toEqual(["a", "b"]);
      expect(await listNames(fs, `${folder}/real`)).toEqual(["catalog.sqlite"]);
    });
  });

  it("is held open by nobody in the end, also when a checkpoint had nothing to do", async () => {
    const open = new Set<object>();
    const fs = overrideHandles(createMemoryFileSystem(), (handle, path) => {
      const opened = { path };
      open.add(opened);
      return {
        close: async () => {
          open.delete(opened);
          await handle.close();
        },
      };
    });
    const engine = await openEngine({ fs, path: PATH });
    await engine.checkpoint();
    await engine.batch([insert("a")]);
    await engine.checkpoint();
    await engine.checkpoint();
    expect(await names(engine)).toEqual(["a"]);
    await engine.close();
    expect([...open]).toEqual([]);
  });

  it("is created durably, with the folders above it", async () => {
    const fs = createFaultyFileSystem(createMemoryFileSystem());
    await (await openEngine({ fs, path: "/one/two/catalog.sqlite" })).close();
    const steps = fs.trace.map(({ operation, path }) => `${operation} ${path.replace(/\.[0-9a-f]{32}\.d/, ".d")}`);
    const wanted = [
      "makeDirectory /one",
      "syncDirectory /",
      "makeDirectory /one/two",
      "syncDirectory /one",
      "sync /one/two/catalog.sqlite.d/new",
      "link /one/two/catalog.sqlite.d/new",
      "syncDirectory /one/two",
    ];
    expect(steps.filter((step) => wanted.includes(step))).toEqual(wanted);
  });

  it.each([true, false])("is created and migrated where links do not exist (known before: %s)", async (honest) => {
    const fs = withoutLinks(createMemoryFileSystem(), honest);
    const engines = await Promise.all([1, 2].map(() => openEngine({ fs, path: PATH, busyTimeoutMs: 10_000 })));
    await engines[0]?.batch([insert("a")]);
    for (const engine of engines) await engine.close();
    const old = await fs.readFile(PATH);
    const engine = await openEngine({ fs, path: PATH, migrations: MIGRATIONS_2 });
    expect(await names(engine)).toEqual(["a"]);
    await engine.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite", "catalog.sqlite.v1"]);
    expect(await fs.readFile(`${PATH}.v1`)).toEqual(old);
  });
});

describe("an older schema", () => {
  async function createOld(fs: FileSystem): Promise<Uint8Array> {
    const engine = await openEngine({ fs, path: PATH });
    await engine.batch([insert("a")]);
    await engine.close();
    return fs.readFile(PATH);
  }

  it("is migrated in one step that keeps the old file", async () => {
    const fs = createMemoryFileSystem();
    const old = await createOld(fs);
    const engine = await openEngine({ fs, path: PATH, mode: "write", migrations: MIGRATIONS_2 });
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite", "catalog.sqlite.v1"]);
    expect(await fs.readFile(`${PATH}.v1`)).toEqual(old);
    expect((await engine.describe()).schemaVersion).toBe(2);
    await engine.close();
    await expect(openEngine({ fs, path: PATH })).rejects.toMatchObject({ code: "SCHEMA_TOO_NEW" });
  });

  it("is kept under a free name when another file has the first one", async () => {
    const fs = createMemoryFileSystem();
    const old = await createOld(fs);
    await writeFile(fs, `${PATH}.v1`, new Uint8Array([1]));
    await fs.link(PATH, `${PATH}.v1.2`);
    await (await openEngine({ fs, path: PATH, migrations: MIGRATIONS_2 })).close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite", "catalog.sqlite.v1", "catalog.sqlite.v1.2"]);
    expect(await fs.readFile(`${PATH}.v1`)).toEqual(new Uint8Array([1]));
    expect(await fs.readFile(`${PATH}.v1.2`)).toEqual(old);
  });

  it("is migrated in memory only for a reader, which writes nothing", async () => {
    const memory = createMemoryFileSystem();
    const old = await createOld(memory);
    const fs = createFaultyFileSystem(memory);
    const reader = await openEngine({ fs, path: PATH, mode: "read", migrations: MIGRATIONS_2 });
    expect(await reader.query({ sql: "SELECT name, colour FROM things" })).toEqual([["a", null]]);
    await reader.sync();
    await reader.close();
    expect(await memory.readFile(PATH)).toEqual(old);
    const reading = ["stat", "lstat", "realPath", "open", "fstat", "read", "syncDirectory", "close"];
    expect(fs.trace.filter(({ operation }) => !reading.includes(operation))).toEqual([]);
  });

  it("is left alone when a migration fails", async () => {
    const fs = createMemoryFileSystem();
    const old = await createOld(fs);
    const [first, second] = MIGRATIONS_2;
    const third = { version: 3, name: "wrong", sql: "CREATE TABLE fine (a TEXT); INSERT INTO nowhere VALUES (1);" };
    const migrations = [first, second, third].flatMap((step) => step ?? []);
    await expect(openEngine({ fs, path: PATH, migrations })).rejects.toMatchObject({ code: "BACKEND" });
    await expect(openEngine({ fs, path: "/new.sqlite", migrations })).rejects.toMatchObject({ code: "BACKEND" });
    expect(await fs.readFile(PATH)).toEqual(old);
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
  });

  it("waits for the lock, and may find the work done by another", async () => {
    const fs = createMemoryFileSystem();
    await createOld(fs);
    const writer = await openEngine({ fs, path: PATH });
    await writer.batch([insert("b")]);
    const migrate = () => openEngine({ fs, path: PATH, migrations: MIGRATIONS_2, processes: createProcesses(2) });
    await expect(migrate()).rejects.toMatchObject({ code: "BUSY" });
    await writer.close();
    const options = { fs, path: PATH, migrations: MIGRATIONS_2, busyTimeoutMs: 10_000 };
    const engines = await Promise.all([openEngine(options), openEngine(options)]);
    for (const engine of engines) expect(await names(engine)).toEqual(["a", "b"]);
    for (const engine of engines) await engine.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite", "catalog.sqlite.v1"]);
  });
});

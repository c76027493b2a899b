import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import { createNativeHasher } from "../../../../src/adapters/hash/native.ts";
import { createWasmHasher } from "../../../../src/adapters/hash/wasm.ts";
import type { Clock } from "../../../../src/ports/clock.ts";
import { createFaultyFileSystem } from "../../../../src/testing/faulty-file-system.ts";
import {
  createProcesses,
  insert,
  inspectBytes,
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
const LOG = `${PATH}.oplog`;

/** A clock whose sleepers wake when the test says so. */
function createManualClock(): Clock & { wake(): Promise<void> } {
  const sleepers: (() => void)[] = [];
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep: (_delayMs, signal) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
        sleepers.push(resolve);
      }),
    wake: async () => {
      for (const resolve of sleepers.splice(0)) resolve();
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe("durability", () => {
  const syncs = (fs: ReturnType<typeof createFaultyFileSystem>): number =>
    fs.trace.filter(({ operation, path }) => operation === "sync" && path === LOG).length;

  it.each([
    ["commit", 1, 1],
    ["batch", 0, 1],
    ["checkpoint", 0, 0],
  ] as const)(
    "%s syncs the log %d times before it acknowledges, and %d times a moment later",
    async (durability, before, later) => {
      const fs = createFaultyFileSystem(createMemoryFileSystem());
      const clock = createManualClock();
      const engine = await openEngine({ fs, path: PATH, durability, clock, checkpointOnClose: "never" });
      const start = syncs(fs);
      await engine.batch([insert("a")]);
      await engine.batch([insert("b")]);
      expect(syncs(fs) - start).toBe(2 * before);
      await clock.wake();
      expect(syncs(fs) - start).toBe(later === before ? 2 * before : later);
      await engine.sync();
      const synced = syncs(fs);
      expect(synced).toBeGreaterThan(start);
      await engine.close();
      expect(syncs(fs)).toBe(synced);
    },
  );

  it("checkpoint leaves nothing unsynced when it closes", async () => {
    const fs = createFaultyFileSystem(createMemoryFileSystem());
    const engine = await openEngine({ fs, path: PATH, durability: "checkpoint", checkpointOnClose: "never" });
    await engine.batch([insert("a")]);
    const start = syncs(fs);
    await engine.close();
    expect(syncs(fs)).toBe(start + 1);
  });

  it("tells the log of a sync in the background that failed, and goes on with new files", async () => {
    const lines: string[] = [];
    const clock = createManualClock();
    let failing = false;
    const fs = overrideHandles(createMemoryFileSystem(), (handle, path) => ({
      sync: () => (failing && path === LOG ? Promise.reject(posixError("EIO")) : handle.sync()),
    }));
    const logger = { log: (level: string, message: string) => void lines.push(`${level}: ${message}`) };
    const engine = await openEngine({ fs, path: PATH, durability: "batch", clock, logger });
    await engine.batch([insert("a")]);
    failing = true;
    await clock.wake();
    failing = false;
    expect(lines).toContain("warn: could not sync the log");
    await engine.batch([insert("b")]);
    expect(await names(engine)).toEqual(["a", "b"]);
    await engine.close();
  });

  it("names what failed when it cannot even look at the log before it syncs", async () => {
    let failing = false;
    const fs = overrideHandles(createMemoryFileSystem(), (handle, path) => ({
      read: (target, position) =>
        failing && path === LOG ? Promise.reject(posixError("EIO")) : handle.read(target, position),
    }));
    const engine = await openEngine({ fs, path: PATH, durability: "checkpoint" });
    await engine.batch([insert("a")]);
    failing = true;
    await expect(engine.batch([insert("b")])).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    await expect(engine.sync()).rejects.toMatchObject({ code: "BACKEND", details: { path: PATH } });
    failing = false;
    await engine.sync();
    expect((await names(engine))[0]).toBe("a");
    await engine.close();
  });
});

describe("checkpoint_on_close", () => {
  it.each([
    ["auto", ["catalog.sqlite"]],
    ["always", ["catalog.sqlite"]],
    ["never", ["catalog.sqlite", "catalog.sqlite.oplog", "catalog.sqlite.reserve"]],
  ] as const)("%s leaves %j", async (checkpointOnClose, left) => {
    const fs = createMemoryFileSystem();
    const lines: string[] = [];
    const logger = { log: (_level: string, message: string) => void lines.push(message) };
    const engine = await openEngine({ fs, path: PATH, checkpointOnClose, logger });
    await engine.batch([insert("a")]);
    await engine.close();
    expect(await listNames(fs, "/")).toEqual(left);
    const advice = 'it is two files, the catalog and its log; run "catalog checkpoint" before you copy it';
    expect(lines).toEqual(left.length === 1 ? [] : [advice]);
    const reader = await openEngine({ fs, path: PATH, mode: "read" });
    expect(await names(reader)).toEqual(["a"]);
    await expect(reader.checkpoint()).rejects.toMatchObject({ code: "READ_ONLY" });
    await reader.close();
    expect(await listNames(fs, "/")).toEqual(left);
  });
});

describe("a checkpoint", () => {
  it("brings the log in and says what it did", async () => {
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ fs, path: PATH });
    expect(await engine.checkpoint()).toMatchObject({ batches: 0, logBytes: 0 });
    for (const name of ["a", "b"]) await engine.batch([insert(name)]);
    const logBytes = (await fs.stat(LOG))?.sizeBytes;
    const done = await engine.checkpoint();
    const bytes = await fs.readFile(PATH);
    expect(done).toEqual({ batches: 2, logBytes, sizeBytes: bytes.byteLength });
    expect(inspectBytes(bytes)).toEqual({ integrity: "ok", names: ["a", "b"] });
    await engine.close();
  });

  it("leaves as many earlier files as are to be kept", async () => {
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ fs, path: PATH, keepSnapshots: 2 });
    for (const name of ["a", "b", "c", "d"]) {
      await engine.batch([insert(name)]);
      await engine.checkpoint();
    }
    await engine.close();
    const kept = (await listNames(fs, "/")).filter((name) => name.includes(".kept-"));
    expect(kept).toEqual(["catalog.sqlite.kept-0000000000000002", "catalog.sqlite.kept-0000000000000003"]);
    expect(inspectBytes(await fs.readFile(`/${kept[1]}`)).names).toEqual(["a", "b", "c"]);
  });

  it("goes on where no earlier file can be kept", async () => {
    const memory = createMemoryFileSystem();
    const lines: string[] = [];
    const logger = { log: (_level: string, message: string) => void lines.push(message) };
    const link = (from: string, to: string): Promise<void> =>
      to.endsWith("/kept") ? Promise.reject(posixError("EPERM")) : memory.link(from, to);
    const engine = await openEngine({ fs: overrideCalls(memory, { link }), path: PATH, keepSnapshots: 1, logger });
    await engine.batch([insert("a")]);
    await engine.checkpoint();
    expect(lines).toEqual(["could not keep a snapshot"]);
    await engine.close();
  });

  it("goes on where an earlier file that is not to be kept any more cannot be removed", async () => {
    const memory = createMemoryFileSystem();
    const lines: string[] = [];
    const logger = { log: (_level: string, message: string) => void lines.push(message) };
    const unlink = (path: string): Promise<void> =>
      path.includes(".kept-") ? Promise.reject(posixError("EPERM")) : memory.unlink(path);
    const engine = await openEngine({ fs: overrideCalls(memory, { unlink }), path: PATH, keepSnapshots: 1, logger });
    for (const name of ["a", "b"]) {
      await engine.batch([insert(name)]);
      await engine.checkpoint();
    }
    expect(lines).toEqual(["could not remove a snapshot"]);
    await engine.close();
    expect(inspectBytes(await memory.readFile(PATH)).names).toEqual(["a", "b"]);
  });
});

describe("a hasher", () => {
  it.each([createNativeHasher(), createWasmHasher()])(
    "of the host makes the chain that the usual one makes: $name",
    async (hasher) => {
      const fs = createMemoryFileSystem();
      const one = await openEngine({ fs, path: PATH, hasher, checkpointOnClose: "never" });
      await one.batch([insert("a")]);
      await one.close();
      const other = await openEngine({ fs, path: PATH, processes: createProcesses(2) });
      expect(await names(other)).toEqual(["a"]);
      await other.close();
    },
  );
});

describe("a file that is put in the place of an open catalog", () => {
  async function replace(fs: ReturnType<typeof createMemoryFileSystem>, sql: string): Promise<void> {
    const db = new sqljs.Database(await fs.readFile(PATH));
    db.run(sql);
    const bytes = db.export();
    db.close();
    await writeFile(fs, "/other", bytes);
    await fs.rename("/other", PATH);
  }

  it.each([
    ["an older schema", "PRAGMA user_version = 1", "DIVERGED", "with the older schema 1", "open it again"],
    ["a newer schema", "PRAGMA user_version = 9", "SCHEMA_TOO_NEW", "version 9", "Update content-catalog"],
    ["another owner", "PRAGMA application_id = 7", "CORRUPT", "another program", "Check the path"],
    [
      "a trigger",
      "CREATE TRIGGER t AFTER INSERT ON things BEGIN DELETE FROM things; END",
      "CORRUPT",
      'trigger "t"',
      "drop it",
    ],
    ["a view", "CREATE VIEW v AS SELECT 1", "CORRUPT", 'view "v"', "drop it"],
  ])("is refused by name when it has %s, until the former is back", async (_what, sql, code, message, hint) => {
    const fs = createMemoryFileSystem();
    const options = { fs, path: PATH, migrations: MIGRATIONS_2 };
    const engine = await openEngine(options);
    await engine.batch([insert("a")]);
    await engine.checkpoint();
    await fs.link(PATH, "/former");
    // As long as it holds the lock it looks at nothing, since nobody else writes.
    while ((await fs.stat(`${PATH}.lock`)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    await replace(fs, sql);
    const expected = { code, message: expect.stringContaining(message), hint: expect.stringContaining(hint) };
    await expect(names(engine)).rejects.toMatchObject(expected);
    await expect(engine.batch([insert("b")])).rejects.toMatchObject(expected);
    await fs.rename("/former", PATH);
    await engine.batch([insert("c")]);
    expect(await names(engine)).toEqual(["a", "c"]);
    await engine.close();
  });
});

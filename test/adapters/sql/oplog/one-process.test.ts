import { describe, expect, it } from "vitest";
import { systemClock } from "../../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../../src/adapters/entropy/web-crypto.ts";
import { WriterLock } from "../../../../src/adapters/sql/oplog/lock/writer-lock.ts";
import type { SqlJsEngineOptions } from "../../../../src/adapters/sql/oplog/open.ts";
import { catalogFiles } from "../../../../src/adapters/sql/oplog/protocol/catalog-files.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import type { SqlEngine } from "../../../../src/ports/sql.ts";
import { createFaultyFileSystem } from "../../../../src/testing/faulty-file-system.ts";
import {
  createProcesses,
  insert,
  inTemporaryFolder,
  listNames,
  MIGRATIONS,
  MIGRATIONS_2,
  names,
  openEngine,
  sqljs,
} from "./_engine-world.ts";

const HOUR_MS = 3_600_000;
const READING = ["stat", "lstat", "realPath", "open", "fstat", "read", "readFile", "sync", "syncDirectory", "close"];
const WITH_COLOUR = { sql: "SELECT name, colour FROM things ORDER BY name" };

/** One process, and whom it shares the files with. */
interface Scene {
  readonly path: string;
  readonly fs: ReturnType<typeof createFaultyFileSystem>;
  readonly open: (options?: Partial<SqlJsEngineOptions>) => Promise<SqlEngine>;
  /** The same as another process. */
  readonly elsewhere: (options?: Partial<SqlJsEngineOptions>) => Promise<SqlEngine>;
  /** How often a database was made of a file. */
  readonly loads: () => number;
  readonly files: () => Promise<readonly string[]>;
  /** Another process takes the lock, and gives it up when it is told to. */
  readonly block: () => Promise<WriterLock>;
}

/** Real files with a catalog in which "old" is; everything is open with its own options. */
async function inFolder(work: (scene: Scene) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder, real: FileSystem) => {
    const path = `${folder}/catalog.sqlite`;
    const fs = createFaultyFileSystem(real);
    let loads = 0;
    class Counting extends sqljs.Database {
      constructor(data?: ArrayLike<number> | null) {
        super(data);
        loads += 1;
      }
    }
    const first = await openEngine({ fs, path });
    await first.batch([insert("old")]);
    await first.close();
    const shared = { fs, path, sqljs: { Database: Counting } };
    await work({
      path,
      fs,
      open: (options) => openEngine({ ...shared, ...options }),
      elsewhere: (options) => openEngine({ fs, path, processes: createProcesses(2), ...options }),
      loads: () => loads,
      files: () => listNames(real, folder),
      block: async () => {
        const ports = { clock: systemClock, entropy: webCryptoEntropy, processes: createProcesses(2) };
        const lock = new WriterLock({ fs, files: catalogFiles(path), ...ports, busyTimeoutMs: 0 });
        await lock.acquire();
        return lock;
      },
    });
  });
}

async function closeAll(...engines: readonly SqlEngine[]): Promise<void> {
  for (const engine of engines) await engine.close();
}

describe("openings of one path in one process", () => {
  it("share one replica, whatever they want", async () => {
    await inFolder(async ({ open, loads }) => {
      const reader = await open({ mode: "read", refreshIntervalMs: HOUR_MS });
      const writers = await Promise.all([
        open(),
        open({ mode: "write", durability: "batch", busyTimeoutMs: 7 }),
        open({ durability: "checkpoint", checkpointOnClose: "never", keepSnapshots: 3, refreshIntervalMs: HOUR_MS }),
      ]);
      for (const [index, writer] of writers.entries()) await writer.batch([insert(`from ${index}`)]);
      for (const engine of [reader, ...writers]) {
        expect(await names(engine)).toEqual(["from 0", "from 1", "from 2", "old"]);
      }
      expect(loads()).toBe(1);
      await closeAll(...writers, reader);
    });
  });

  it("share none with those that know another schema: statements and batches fit one", async () => {
    await inFolder(async ({ open, loads }) => {
      const old = await open({ migrations: MIGRATIONS });
      const next = await open({ migrations: MIGRATIONS_2 });
      expect(loads()).toBeGreaterThan(1);
      await next.query(WITH_COLOUR);
      await expect(names(old)).rejects.toMatchObject({ code: "SCHEMA_TOO_NEW" });
      await expect(old.batch([insert("a")])).rejects.toMatchObject({ code: "SCHEMA_TOO_NEW" });
      await closeAll(old, next);
    });
  });

  it("wait for one that is about to close, and find one file", async () => {
    await inFolder(async ({ open, files, loads }) => {
      const first = await open();
      await first.batch([insert("a")]);
      const closing = first.close();
      const next = await open({ mode: "read" });
      expect(await files()).toEqual(["catalog.sqlite"]);
      expect(await names(next)).toEqual(["a", "old"]);
      await closing;
      // Once for each; the snapshot that a checkpoint wrote is not read again.
      expect(loads()).toBe(2);
      await next.close();
    });
  });

  it("that fail leave the others as they are", async () => {
    await inFolder(async ({ open, fs, path }) => {
      const reader = await open({ mode: "read" });
      const bytes = await fs.readFile(path);
      await fs.rename(path, `${path}.aside`);
      const handle = await fs.open(path, "create");
      await handle.write(bytes.subarray(0, 50));
      await handle.close();
      for (const mode of ["read", "write"] as const) {
        await expect(open({ mode })).rejects.toMatchObject({ code: "CORRUPT" });
      }
      await fs.rename(`${path}.aside`, path);
      expect(await names(reader)).toEqual(["old"]);
      await reader.close();
    });
  });
});

describe("an opening for reading", () => {
  it("writes nothing, beside one that writes and after that has closed", async () => {
    await inFolder(async ({ open, fs, files }) => {
      const reader = await open({ mode: "read" });
      const writer = await open();
      await writer.batch([insert("a")]);
      const refused = async (): Promise<void> => {
        await expect(reader.batch([insert("no")])).rejects.toMatchObject({ code: "READ_ONLY" });
        await expect(reader.checkpoint()).rejects.toMatchObject({ code: "READ_ONLY" });
        expect(await reader.batch([{ sql: "SELECT COUNT(*) FROM things" }])).toEqual([{ rows: [[2]], changes: 0 }]);
        await reader.sync();
      };
      await refused();
      await writer.close();
      const before = fs.trace.length;
      await refused();
      expect(await names(reader)).toEqual(["a", "old"]);
      await reader.close();
      const calls = fs.trace.slice(before).map(({ operation }) => operation);
      expect(calls.filter((operation) => !READING.includes(operation))).toEqual([]);
      expect(await files()).toEqual(["catalog.sqlite"]);
    });
  });

  it("is joined by one that writes, to a log that is there already", async () => {
    await inFolder(async ({ open, elsewhere, files }) => {
      const other = await elsewhere({ checkpointOnClose: "never" });
      await other.batch([insert("a")]);
      await other.close();
      const reader = await open({ mode: "read" });
      expect(await names(reader)).toEqual(["a", "old"]);
      for (const name of ["b", "c"]) {
        const writer = await open();
        await writer.batch([insert(name)]);
        await writer.close();
      }
      expect(await names(reader)).toEqual(["a", "b", "c", "old"]);
      await reader.close();
      expect(await files()).toEqual(["catalog.sqlite"]);
    });
  });

  it("of an older schema reads on while one that writes brings the file up to date", async () => {
    await inFolder(async ({ open, files }) => {
      const reader = await open({ mode: "read", migrations: MIGRATIONS_2 });
      const opening = open({ migrations: MIGRATIONS_2 });
      const during = await Promise.all(Array.from({ length: 5 }, () => reader.query(WITH_COLOUR)));
      expect(during).toEqual(Array.from({ length: 5 }, () => [["old", null]]));
      const writer = await opening;
      await writer.batch([insert("a")]);
      await writer.close();
      expect(await reader.query(WITH_COLOUR)).toEqual([
        ["a", null],
        ["old", null],
      ]);
      await reader.close();
      expect(await files()).toEqual(["catalog.sqlite", "catalog.sqlite.v1"]);
    });
  });

  it("of an older schema reads on when another process is in the way of that", async () => {
    await inFolder(async ({ open, block, files }) => {
      const reader = await open({ mode: "read", migrations: MIGRATIONS_2 });
      const lock = await block();
      await expect(open({ migrations: MIGRATIONS_2 })).rejects.toMatchObject({ code: "BUSY" });
      expect(await reader.query(WITH_COLOUR)).toEqual([["old", null]]);
      await lock.release();
      const writer = await open({ migrations: MIGRATIONS_2 });
      expect(await reader.query(WITH_COLOUR)).toEqual([["old", null]]);
      await closeAll(reader, writer);
      expect(await files()).toEqual(["catalog.sqlite", "catalog.sqlite.v1"]);
    });
  });
});

describe("settings of openings that share", () => {
  it("durability is that of the batch", async () => {
    await inFolder(async ({ open, fs }) => {
      const later = await open({ durability: "checkpoint" });
      const now = await open({ durability: "commit" });
      const syncs = (): number =>
        fs.trace.filter(({ operation, path }) => operation === "sync" && path.endsWith(".oplog")).length;
      const before = syncs();
      await later.batch([insert("a")]);
      expect(syncs()).toBe(before);
      await Promise.all([now.batch([insert("b")]), later.batch([insert("c")])]);
      expect(syncs()).toBe(before + 1);
      await later.batch([insert("d")]);
      await later.close();
      expect(syncs()).toBe(before + 2);
      await now.close();
    });
  });

  it("busy_timeout is that of the call: one gives up while others wait on", async () => {
    await inFolder(async ({ open, block }) => {
      const patient = await open({ busyTimeoutMs: HOUR_MS });
      const hasty = await open({ busyTimeoutMs: 0 });
      const soon = await open({ busyTimeoutMs: 20 });
      const lock = await block();
      const waiting = Promise.all([patient.batch([insert("b")]), patient.checkpoint()]);
      const gaveUp = expect(soon.batch([insert("a")])).rejects.toMatchObject({ code: "BUSY" });
      const busy = { code: "BUSY", details: { holder: expect.stringMatching("^process 2 "), waitedMs: 0 } };
      await expect(hasty.batch([insert("c")])).rejects.toMatchObject(busy);
      await expect(hasty.checkpoint()).rejects.toMatchObject(busy);
      await gaveUp;
      await lock.release();
      await waiting;
      await hasty.batch([insert("d")]);
      expect(await names(hasty)).toEqual(["b", "d", "old"]);
      await closeAll(patient, hasty, soon);
    });
  });

  it("refresh_interval is that of the read", async () => {
    await inFolder(async ({ open, elsewhere }) => {
      const lazy = await open({ refreshIntervalMs: HOUR_MS });
      const eager = await open({ mode: "read", refreshIntervalMs: 0 });
      const other = await elsewhere();
      await other.batch([insert("a")]);
      expect(await names(lazy)).toEqual(["old"]);
      expect(await names(eager)).toEqual(["a", "old"]);
      expect(await names(lazy)).toEqual(["a", "old"]);
      await closeAll(lazy, eager, other);
    });
  });

  it.each([
    { wrote: "never", last: "auto", lastWrites: false, left: 3 },
    { wrote: "never", last: "auto", lastWrites: true, left: 1 },
    { wrote: "always", last: "never", lastWrites: true, left: 1 },
    { wrote: "never", last: "never", lastWrites: true, left: 3 },
  ] as const)(
    "checkpoint_on_close is the strongest of those who wrote: %o",
    async ({ wrote, last, lastWrites, left }) => {
      await inFolder(async ({ open, files }) => {
        const first = await open({ checkpointOnClose: wrote });
        const second = await open({ checkpointOnClose: last });
        const reader = await open({ mode: "read", checkpointOnClose: "always" });
        await first.batch([insert("a")]);
        await first.close();
        expect(await files()).toContain("catalog.sqlite.oplog");
        if (lastWrites) await second.batch([insert("b")]);
        await second.close();
        const expected = ["catalog.sqlite", "catalog.sqlite.oplog", "catalog.sqlite.reserve"].slice(0, left);
        expect(await files()).toEqual(expected);
        await reader.close();
        expect(await files()).toEqual(expected);
      });
    },
  );

  it("keep_snapshots is the largest of those who may write", async () => {
    await inFolder(async ({ open, files }) => {
      const none = await open();
      const two = await open({ keepSnapshots: 2 });
      const reader = await open({ mode: "read", keepSnapshots: 9 });
      const kept = async (): Promise<number> => (await files()).filter((name) => name.includes(".kept-")).length;
      const add = async (name: string): Promise<number> => {
        await none.batch([insert(name)]);
        await none.checkpoint();
        return kept();
      };
      expect([await add("a"), await add("b"), await add("c")]).toEqual([1, 2, 2]);
      await two.close();
      expect(await add("d")).toBe(2);
      await closeAll(none, reader);
    });
  });

  it("loggers are told once each", async () => {
    await inFolder(async ({ open }) => {
      const lines: string[] = [];
      const logger = (name: string) => ({ log: (_level: string, text: string) => void lines.push(`${name}: ${text}`) });
      const one = logger("one");
      const never = { checkpointOnClose: "never" } as const;
      const engines = [
        await open({ mode: "read", logger: one }),
        await open({ ...never, logger: one }),
        await open({ mode: "read", logger: logger("two") }),
        await open(),
      ];
      await engines[1]?.batch([insert("a")]);
      await engines[1]?.close();
      await engines[3]?.close();
      await closeAll(...engines);
      expect(lines.map((line) => line.slice(0, 20)).sort()).toEqual(["one: it is two files", "two: it is two files"]);
    });
  });

  it("closing one waits for its own batches only, and leaves the others open", async () => {
    await inFolder(async ({ open, block }) => {
      const patient = await open({ busyTimeoutMs: HOUR_MS });
      const lock = await block();
      const blocked = patient.batch([insert("b")]);
      const reader = await open({ mode: "read" });
      await reader.close();
      await reader.close();
      await expect(names(reader)).rejects.toMatchObject({ code: "CLOSED" });
      await expect(reader.batch([insert("c")])).rejects.toMatchObject({ code: "CLOSED" });
      const late = await open();
      let closed = false;
      const closing = patient.close().then(() => {
        closed = true;
      });
      await expect(late.batch([insert("c")])).rejects.toMatchObject({ code: "BUSY" });
      expect(closed).toBe(false);
      await lock.release();
      await Promise.all([blocked, closing]);
      expect(await names(late)).toEqual(["b", "old"]);
      await late.close();
    });
  });
});

import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import { checkForeignKeys, checkIntegrity } from "../../../../src/adapters/sql/oplog/check/check-database.ts";
import { formatHeartbeat, formatLockHolder } from "../../../../src/adapters/sql/oplog/lock/lock-holder.ts";
import type { Loaded } from "../../../../src/adapters/sql/oplog/protocol/store.ts";
import { CatalogError } from "../../../../src/errors.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import type { SqlDamage, SqlEngine } from "../../../../src/ports/sql.ts";
import {
  createProcesses,
  identity,
  insert,
  openEngine,
  overrideCalls,
  posixError,
  sqljs,
  writeFile,
} from "./_engine-world.ts";

const PATH = "/catalog.sqlite";
const LOG = `${PATH}.oplog`;
const NONCE = "0123456789abcdef0123456789abcdef";

async function check(engine: SqlEngine): Promise<readonly SqlDamage[]> {
  const found: SqlDamage[] = [];
  for await (const damage of engine.check()) found.push(damage);
  return found;
}

/** A catalog of one file with these things. */
async function createCatalog(...names: readonly string[]): Promise<FileSystem> {
  const fs = createMemoryFileSystem();
  const engine = await openEngine({ fs, path: PATH });
  await engine.batch(names.map((name) => insert(name)));
  await engine.checkpoint();
  await engine.close();
  return fs;
}

/** Lets another tool change the file, in one go each. */
async function edit(fs: FileSystem, ...scripts: readonly string[]): Promise<void> {
  for (const script of scripts) {
    const db = new sqljs.Database(await fs.readFile(PATH));
    db.run(script);
    const bytes = db.export();
    db.close();
    await fs.unlink(PATH);
    await writeFile(fs, PATH, bytes);
  }
}

async function checkFiles(fs: FileSystem): Promise<readonly SqlDamage[]> {
  const engine = await openEngine({ fs, path: PATH, mode: "read" });
  try {
    return await check(engine);
  } finally {
    await engine.close();
  }
}

describe("the database", () => {
  it("is told to lack a row in an index", async () => {
    const fs = await createCatalog("a");
    const [index] = sqlOf(await fs.readFile(PATH), "SELECT * FROM sqlite_schema WHERE name = 'things_size'");
    const [type, name, table, page, sql] = index ?? [];
    await edit(
      fs,
      "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'things_size'",
      "INSERT INTO things (name, size) VALUES ('b', 2)",
      `PRAGMA writable_schema = ON;
       INSERT INTO sqlite_schema VALUES ('${type}', '${name}', '${table}', ${page}, '${sql}')`,
    );
    const found = await checkFiles(fs);
    expect(found).toContainEqual({ kind: "integrity", message: "row 2 missing from index things_size" });
    expect(found.every(({ kind }) => kind === "integrity")).toBe(true);
  });

  it("is told to break a rule of its schema, also where it is so large that indexes are not compared", async () => {
    const fs = await createCatalog("a");
    const broken = { kind: "integrity", message: "CHECK constraint failed in things" };
    await edit(fs, "PRAGMA ignore_check_constraints = ON; UPDATE things SET size = -1");
    expect(await checkFiles(fs)).toEqual([broken]);
    await edit(fs, "INSERT INTO things (name, data) VALUES ('large', zeroblob(67108864))");
    expect(await checkFiles(fs)).toEqual([broken]);
  });

  it("is told to be damaged where SQLite cannot go on", async () => {
    const fs = await createCatalog(...Array.from({ length: 3000 }, (_, index) => `thing ${index}`));
    const engine = await openEngine({ fs, path: PATH, mode: "read" });
    await engine.close();
    const bytes = await fs.readFile(PATH);
    // A page in the middle: that of rows, or of an index.
    bytes.fill(0xff, 4096 * 10, 4096 * 14);
    await fs.unlink(PATH);
    await writeFile(fs, PATH, bytes);
    const found = await checkFiles(fs);
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ kind, message }) => kind === "integrity" && !message.includes("\n"))).toBe(true);
  });

  it("is told to refer to rows that are not there, by table", async () => {
    const fs = await createCatalog("a");
    await edit(fs, "PRAGMA foreign_keys = OFF; INSERT INTO parts VALUES (1, 1), (2, 7), (3, 8)");
    const message = "2 rows of parts refer to rows of things that are not there";
    expect(await checkFiles(fs)).toEqual([{ kind: "foreign_key", message, table: "parts" }]);
  });
});

/** A catalog whose log has three batches, and where each of them begins in it. */
async function createLogged(): Promise<{ readonly fs: FileSystem; readonly starts: readonly number[] }> {
  const fs = await createCatalog("a");
  const engine = await openEngine({ fs, path: PATH, checkpointOnClose: "never" });
  const starts: number[] = [];
  for (const name of ["b", "c", "d"]) {
    await engine.batch([insert(name)]);
    starts.push((await fs.readFile(LOG)).byteLength);
  }
  await engine.close();
  return { fs, starts: [160, ...starts] };
}

async function flip(fs: FileSystem, at: number): Promise<void> {
  const bytes = await fs.readFile(LOG);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  // The same file: another one would be another log.
  const handle = await fs.open(LOG, "append");
  await handle.close();
  await fs.unlink(LOG);
  await writeFile(fs, LOG, bytes);
}

describe("the log", () => {
  it("is told to have lost batches behind a damaged one", async () => {
    const { fs, starts } = await createLogged();
    await flip(fs, (starts[0] ?? 0) + 40);
    const message = "its last 3 batches cannot be read: the first of them is damaged";
    expect(await checkFiles(fs)).toEqual([{ kind: "log", message, path: LOG }]);
  });

  it("is told to end in a batch that cannot be read, but not in one that was never complete", async () => {
    const { fs, starts } = await createLogged();
    const whole = await fs.readFile(LOG);
    await flip(fs, (starts[2] ?? 0) + 40);
    const message = "its last batch cannot be read: it was torn by a power failure, or is damaged";
    expect(await checkFiles(fs)).toEqual([{ kind: "log", message, path: LOG }]);
    await fs.unlink(LOG);
    await writeFile(fs, LOG, whole.slice(0, -1));
    expect(await checkFiles(fs)).toEqual([]);
    await fs.unlink(LOG);
    await writeFile(fs, LOG, new Uint8Array([...whole, ...new TextEncoder().encode("CCF1".padEnd(80, "x"))]));
    expect(await checkFiles(fs)).toEqual([]);
  });

  it("is read once more from its beginning, whatever is in memory", async () => {
    const { fs, starts } = await createLogged();
    const engine = await openEngine({ fs, path: PATH, mode: "read", refreshIntervalMs: 60_000 });
    await flip(fs, (starts[1] ?? 0) + 40);
    const message = "batch 3 is damaged by now: it and those behind it are in memory only";
    expect(await check(engine)).toEqual([{ kind: "log", message, path: LOG }]);
    await flip(fs, 20);
    expect(await check(engine)).toEqual([{ kind: "log", message: "its header is damaged", path: LOG }]);
    await fs.unlink(LOG);
    expect(await check(engine)).toEqual([]);
    await engine.close();
  });
});

describe("what dead processes left", () => {
  const left = (name: string, what: string, bytes: number) => {
    return { kind: "leftover", message: `${what} of a process that is gone`, path: `${PATH}${name}`, bytes };
  };

  async function writeLock(fs: FileSystem, name: string, pid: number): Promise<number> {
    const nonce = name.match(/[0-9a-f]{32}/)?.[0] ?? "f".repeat(32);
    const lines = [formatLockHolder({ nonce, identity: identity(pid), sign: false }), formatHeartbeat(Date.now())];
    const bytes = new Uint8Array(lines.flatMap((line) => [...line]));
    await writeFile(fs, `${PATH}${name}`, bytes);
    return bytes.byteLength;
  }

  it("is told: a lock, a claim, and a private directory with what is in it", async () => {
    const fs = await createCatalog("a");
    const size = await writeLock(fs, ".lock", 7);
    await writeLock(fs, `.lock.${NONCE}`, 7);
    await fs.makeDirectory(`${PATH}.${NONCE}.d`);
    await fs.makeDirectory(`${PATH}.${NONCE}.d/ended`);
    await writeFile(fs, `${PATH}.${NONCE}.d/snapshot`, new Uint8Array(100));
    const processes = createProcesses(1, new Set([7]));
    const engine = await openEngine({ fs, path: PATH, mode: "read", processes });
    const found = [
      left(".lock", "a lock", size),
      left(`.lock.${NONCE}`, "a lock", size),
      left(`.${NONCE}.d`, "a private directory", 100),
    ];
    expect(await check(engine)).toEqual(found);
    expect(await check(engine)).toEqual(found);
    await engine.close();
  });

  it("is not what belongs to somebody who lives, unless it is a day old", async () => {
    const fs = await createCatalog("a");
    await writeLock(fs, ".lock", 7);
    await fs.makeDirectory(`${PATH}.${NONCE}.d`);
    expect(await checkFiles(fs)).toEqual([]);
    const clock = { now: () => Date.now() + 100_000_000, monotonicMs: () => performance.now(), sleep: async () => {} };
    const engine = await openEngine({ fs, path: PATH, mode: "read", clock, processes: createProcesses(1) });
    expect((await check(engine)).map(({ path }) => path)).toContain(`${PATH}.${NONCE}.d`);
    await engine.close();
  });

  it("is told by one who writes and has the lock", async () => {
    const fs = await createCatalog("a");
    const engine = await openEngine({ fs, path: PATH });
    await fs.makeDirectory(`${PATH}.${NONCE}.d`);
    await engine.batch([insert("b")]);
    expect(await check(engine)).toEqual([left(`.${NONCE}.d`, "a private directory", 0)]);
    await engine.close();
  });
});

function sqlOf(bytes: Uint8Array, sql: string) {
  const db = new sqljs.Database(bytes);
  try {
    return db.exec(sql)[0]?.values ?? [];
  } finally {
    db.close();
  }
}

describe("what cannot be looked at", () => {
  const failing = (error: unknown): Loaded => {
    const inspect = (): never => {
      throw error;
    };
    return { replica: { inspect } } as unknown as Loaded;
  };

  it("is damage if SQLite says so, and else a failure", async () => {
    const reason = "database disk image is malformed";
    const corrupt = new CatalogError("CORRUPT", "Cannot read it", { details: { reason } });
    for (const look of [checkIntegrity, checkForeignKeys]) {
      expect(look(failing(corrupt))).toEqual([{ kind: "integrity", message: reason }]);
      expect(() => look(failing(new TypeError("no statement")))).toThrow("no statement");
    }
  });

  it("is a failure in the log, too", async () => {
    const { fs } = await createLogged();
    let isDown = false;
    const failingFs = overrideCalls(fs, {
      lstat: async (path) => {
        if (isDown && path === LOG) throw posixError("EIO");
        return fs.lstat(path);
      },
    });
    const engine = await openEngine({ fs: failingFs, path: PATH, mode: "read", refreshIntervalMs: 60_000 });
    isDown = true;
    await expect(check(engine)).rejects.toMatchObject({ code: "EIO" });
    await engine.close();
  });
});

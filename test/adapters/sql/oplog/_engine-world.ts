import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import initSqlJs from "sql.js";
import { systemClock } from "../../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../../src/adapters/fs/node.ts";
import { openSqlJsEngine, type SqlJsEngineOptions } from "../../../../src/adapters/sql/oplog/open.ts";
import type { FileHandle, FileSystem } from "../../../../src/ports/file-system.ts";
import type { ProcessIdentity, ProcessTable } from "../../../../src/ports/process.ts";
import type { Migration, SqlEngine, SqlStatement } from "../../../../src/ports/sql.ts";

/** sql.js itself, for looking at files from outside. */
export const sqljs: Awaited<ReturnType<typeof initSqlJs>> = await initSqlJs();

export const APPLICATION_ID = 0x63_63_61_74;

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: "things",
    sql: `CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE things (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, size BIGINT CHECK (size >= 0), data BLOB);
CREATE INDEX things_size ON things (size);
CREATE TABLE parts (id INTEGER PRIMARY KEY, thing BIGINT NOT NULL REFERENCES things (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);`,
  },
];

/** The schema one step on. */
export const MIGRATIONS_2: readonly Migration[] = [
  ...MIGRATIONS,
  {
    version: 2,
    name: "colour",
    sql: "ALTER TABLE things ADD COLUMN colour TEXT; CREATE INDEX things_colour ON things (colour);",
  },
];

/** A process table in which tests say who lives. */
export function createProcesses(pid: number, dead: ReadonlySet<number> = new Set()): ProcessTable {
  return {
    self: () => identity(pid),
    endIsSeen: true,
    isAlive: ({ host, pid: other }) => (host === "here" && other !== null ? !dead.has(other) : undefined),
  };
}

export function identity(pid: number): ProcessIdentity {
  return { host: "here", bootId: "boot", pid, startedAt: "1" };
}

/** Options with everything a test does not care for. */
export function engineOptions(options: Partial<SqlJsEngineOptions> & { readonly path: string }): SqlJsEngineOptions {
  return {
    sqljs,
    fs: createMemoryFileSystem(),
    mode: "create",
    migrations: MIGRATIONS,
    applicationId: APPLICATION_ID,
    clock: systemClock,
    entropy: webCryptoEntropy,
    processes: createProcesses(1),
    busyTimeoutMs: 0,
    refreshIntervalMs: 0,
    ...options,
  };
}

/** Opens an engine with everything a test does not care for. */
export function openEngine(options: Partial<SqlJsEngineOptions> & { readonly path: string }): Promise<SqlEngine> {
  return openSqlJsEngine(engineOptions(options));
}

export function insert(name: string, size = 1): SqlStatement {
  return { sql: "INSERT INTO things (name, size) VALUES (?, ?)", parameters: [name, size] };
}

/** The names of all things. */
export async function names(engine: SqlEngine): Promise<string[]> {
  const rows = await engine.query({ sql: "SELECT name FROM things ORDER BY name" });
  return rows.map(([name]) => String(name));
}

/** What a fresh sql.js finds in a file: whether it is whole, and the names of all things. */
export function inspectBytes(bytes: Uint8Array): { readonly integrity: unknown; readonly names: unknown[] } {
  const db = new sqljs.Database(bytes);
  try {
    const integrity = db.exec("PRAGMA integrity_check")[0]?.values[0]?.[0];
    const found = db.exec("SELECT name FROM things ORDER BY name")[0]?.values ?? [];
    return { integrity, names: found.map(([name]) => name) };
  } finally {
    db.close();
  }
}

/** The names in a folder, in order. */
export async function listNames(fs: FileSystem, path: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of fs.list(path)) found.push(...page.map(({ name }) => name));
  return found.sort();
}

/** Runs `work` in a fresh folder of the real file system. */
export async function inTemporaryFolder(work: (folder: string, fs: FileSystem) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "content-catalog-sqljs-"));
  try {
    await work(folder, createNodeFileSystem());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes a file as another program would. */
export async function writeFile(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const handle = await fs.open(path, "create");
  if (bytes.length > 0) await handle.write(bytes);
  await handle.close();
}

/** A file system with some calls replaced. */
export function overrideCalls(fs: FileSystem, calls: Partial<FileSystem>): FileSystem {
  return new Proxy(fs, {
    get: (target, name) => {
      const value: unknown = Reflect.get(calls, name) ?? Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A file system whose open files have some calls replaced; `make` gets the real one. */
export function overrideHandles(
  fs: FileSystem,
  make: (handle: FileHandle, path: string) => Partial<FileHandle>,
): FileSystem {
  return overrideCalls(fs, {
    open: async (path, mode, createMode) => {
      const handle = await fs.open(path, mode, createMode);
      return {
        read: (target, position) => handle.read(target, position),
        write: (bytes) => handle.write(bytes),
        stat: () => handle.stat(),
        sync: () => handle.sync(),
        setAccess: (access) => handle.setAccess(access),
        close: () => handle.close(),
        ...make(handle, path),
      };
    },
  });
}

/** An error as file systems throw it. */
export function posixError(code: string): Error {
  return Object.assign(new Error(`${code}: planned`), { code });
}

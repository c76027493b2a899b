import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import {
  createProcesses,
  insert,
  listNames,
  names,
  openEngine,
  overrideCalls,
  overrideHandles,
  posixError,
} from "./_engine-world.ts";

const PATH = "/catalog.sqlite";
const FRESH = { fresh: true };
const COUNT = { sql: "SELECT COUNT(*) FROM things" };

/** A file system that notes what is synced, and fails to when `fails` says so. */
function noting(fs: FileSystem, synced: string[], fails: () => boolean = () => false): FileSystem {
  const sync = (path: string, work: () => Promise<void>): Promise<void> => {
    if (fails()) return Promise.reject(posixError("EIO"));
    synced.push(path);
    return work();
  };
  const handles = overrideHandles(fs, (handle, path) => ({ sync: () => sync(path, () => handle.sync()) }));
  return overrideCalls(handles, { syncDirectory: (path) => sync(path, () => fs.syncDirectory(path)) });
}

describe("a reader's sync", () => {
  it("syncs the log that it read and the folder, once, and again what came since", async () => {
    const fs = createMemoryFileSystem();
    const synced: string[] = [];
    const writer = await openEngine({ fs, path: PATH });
    const options = { path: PATH, mode: "read", processes: createProcesses(2) } as const;
    const reader = await openEngine({ ...options, fs: noting(fs, synced) });
    await reader.sync();
    expect(synced.splice(0)).toEqual(["/"]);
    await writer.batch([insert("a")], { durable: false });
    expect(await reader.query(COUNT, FRESH)).toEqual([[1]]);
    await reader.sync();
    await reader.sync();
    expect(synced.splice(0)).toEqual([`${PATH}.oplog`, "/"]);
    await writer.batch([insert("b")], { durable: false });
    expect(await reader.query(COUNT, FRESH)).toEqual([[2]]);
    await reader.sync();
    expect(synced.splice(0)).toEqual([`${PATH}.oplog`]);
    await writer.close();
    // It has not looked since, and what it keeps open is the log that is gone by now.
    await reader.sync();
    expect(await names(reader)).toEqual(["a", "b"]);
    await reader.sync();
    expect(synced).toEqual(["/"]);
    await reader.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
  });

  it("of which the device confirms nothing is OUTCOME_UNKNOWN, until another log takes over", async () => {
    const fs = createMemoryFileSystem();
    let failing = true;
    const faulty = noting(fs, [], () => failing);
    const writer = await openEngine({ fs, path: PATH });
    const reader = await openEngine({ fs: faulty, path: PATH, mode: "read", processes: createProcesses(2) });
    await writer.batch([insert("a")], { durable: false });
    expect(await reader.query(COUNT, FRESH)).toEqual([[1]]);
    const unknown = { code: "OUTCOME_UNKNOWN", details: { path: PATH } };
    await expect(reader.sync()).rejects.toMatchObject(unknown);
    failing = false;
    await expect(reader.sync()).rejects.toMatchObject(unknown);
    expect(await names(reader)).toEqual(["a"]);
    await writer.checkpoint();
    await writer.batch([insert("b")], { durable: false });
    expect(await reader.query(COUNT, FRESH)).toEqual([[2]]);
    await reader.sync();
    await Promise.all([reader.close(), writer.close()]);
  });

  it("fails where the folder cannot be synced and there is no log, and can be tried again", async () => {
    const fs = createMemoryFileSystem();
    let failing = true;
    const faulty = noting(fs, [], () => failing);
    await (await openEngine({ fs, path: PATH })).close();
    const reader = await openEngine({ fs: faulty, path: PATH, mode: "read" });
    await expect(reader.sync()).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    failing = false;
    await reader.sync();
    await reader.close();
  });

  it("that fails makes a writer of the same process go on in new files", async () => {
    const fs = createMemoryFileSystem();
    let failing = false;
    const faulty = noting(fs, [], () => failing);
    const [writer, reader] = [
      await openEngine({ fs: faulty, path: PATH }),
      await openEngine({ fs: faulty, path: PATH, mode: "read" }),
    ];
    await writer.batch([insert("a")], { durable: false });
    failing = true;
    await expect(reader.sync()).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    failing = false;
    const { identity } = (await fs.stat(`${PATH}.oplog`)) ?? {};
    await writer.batch([insert("b")]);
    expect((await fs.stat(`${PATH}.oplog`))?.identity).not.toBe(identity);
    await reader.sync();
    expect(await names(reader)).toEqual(["a", "b"]);
    await Promise.all([reader.close(), writer.close()]);
  });

  it("looks at the files when nothing is loaded, and names what is wrong with them", async () => {
    const fs = createMemoryFileSystem();
    const reader = await openEngine({ fs, path: PATH, refreshIntervalMs: 0 });
    await reader.close();
    const again = await openEngine({ fs, path: PATH, mode: "read" });
    await fs.rename(PATH, "/aside");
    await expect(names(again)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(again.sync()).rejects.toMatchObject({ code: "NOT_FOUND" });
    await fs.rename("/aside", PATH);
    await again.sync();
    await again.close();
  });
});

describe("a fresh query", () => {
  it("looks at the files whatever the refresh interval, and while the lock is held", async () => {
    const fs = createMemoryFileSystem();
    const holder = await openEngine({ fs, path: PATH, refreshIntervalMs: 3_600_000 });
    await holder.batch([insert("a")]);
    const thief = await openEngine({ fs, path: PATH, processes: createProcesses(2, new Set([1])) });
    await thief.batch([insert("b")], { durable: false });
    expect(await names(holder)).toEqual(["a"]);
    expect(await holder.query(COUNT, FRESH)).toEqual([[2]]);
    expect(await names(holder)).toEqual(["a", "b"]);
    await Promise.all([holder.close(), thief.close()]);
  });

  it("shares a look that has not begun, and never one that has", async () => {
    const fs = createMemoryFileSystem();
    let looks = 0;
    const counting = overrideCalls(fs, {
      lstat: (path) => {
        if (path === `${PATH}.oplog`) looks += 1;
        return fs.lstat(path);
      },
    });
    const reader = await openEngine({ fs: counting, path: PATH, refreshIntervalMs: 5 });
    looks = 0;
    const first = reader.query(COUNT, FRESH);
    await Promise.resolve().then(() => undefined);
    while (looks === 0) await Promise.resolve();
    const later = [reader.query(COUNT, FRESH), reader.query(COUNT, FRESH), reader.query(COUNT, FRESH)];
    await Promise.all([first, ...later]);
    expect(looks).toBe(2);
    await reader.close();
  });
});

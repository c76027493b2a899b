import { describe, expect, it } from "vitest";
import { systemClock } from "../../../../src/adapters/clock/system.ts";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import type { Clock } from "../../../../src/ports/clock.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import { createProcesses, insert, listNames, names, openEngine, sqljs, writeFile } from "./_engine-world.ts";

const PATH = "/catalog.sqlite";
const NONCE = "0123456789abcdef".repeat(2);

describe("two writers", () => {
  it("take turns: nobody is BUSY, and both see everything", async () => {
    const fs = createMemoryFileSystem();
    const first = await openEngine({ fs, path: PATH, busyTimeoutMs: 20_000 });
    const second = await openEngine({ fs, path: PATH, processes: createProcesses(2), busyTimeoutMs: 20_000 });
    const wanted: string[] = [];
    for (let row = 0; row < 20; row++) {
      wanted.push(`a${row}`, `b${row}`);
      await Promise.all([first.batch([insert(`a${row}`)]), second.batch([insert(`b${row}`)])]);
    }
    for (const engine of [first, second]) expect(await names(engine)).toEqual(wanted.sort());
    await Promise.all([first.close(), second.close()]);
  });

  it("get BUSY that names the holder when they do not wait", async () => {
    const fs = createMemoryFileSystem();
    const first = await openEngine({ fs, path: PATH });
    const second = await openEngine({ fs, path: PATH, processes: createProcesses(2) });
    await first.batch([insert("a")]);
    await expect(second.batch([insert("b")])).rejects.toMatchObject({
      code: "BUSY",
      retryable: true,
      details: { path: PATH, holder: expect.stringMatching('^process 1 on host "here"') },
    });
    await first.close();
    await second.batch([insert("b")]);
    expect(await names(second)).toEqual(["a", "b"]);
    await second.close();
  });

  it("keep each other's rows, whichever read the file first", async () => {
    const fs = createMemoryFileSystem();
    const stale = await openEngine({ fs, path: PATH, refreshIntervalMs: 3_600_000 });
    expect(await names(stale)).toEqual([]);
    const other = await openEngine({ fs, path: PATH, processes: createProcesses(2) });
    await other.batch([insert("a")]);
    await other.close();
    expect(await names(stale)).toEqual([]);
    await stale.batch([insert("b")]);
    expect(await names(stale)).toEqual(["a", "b"]);
    await stale.close();
  });

  it("may both create the catalog", async () => {
    const fs = createMemoryFileSystem();
    const path = "/new/folders/catalog.sqlite";
    const engines = await Promise.all(
      [1, 2, 3].map((pid) => openEngine({ fs, path, processes: createProcesses(pid) })),
    );
    for (const [index, engine] of engines.entries()) {
      await engine.batch([insert(String(index))]);
      await engine.close();
    }
    const reader = await openEngine({ fs, path, mode: "read" });
    expect(await names(reader)).toEqual(["0", "1", "2"]);
    expect(await listNames(fs, "/new/folders")).toEqual(["catalog.sqlite"]);
  });

  it("open what the other has created since they looked", async () => {
    const fs = createMemoryFileSystem();
    let created = false;
    const slow: FileSystem = new Proxy(fs, {
      get: (target, name: keyof FileSystem) => {
        const member = target[name];
        if (name !== "stat") return typeof member === "function" ? member.bind(target) : member;
        return async (path: string) => {
          const found = await target.stat(path);
          if (path === PATH && !created) {
            created = true;
            await (await openEngine({ fs, path: PATH })).close();
          }
          return found;
        };
      },
    });
    const engine = await openEngine({ fs: slow, path: PATH, processes: createProcesses(2) });
    await engine.batch([insert("a")]);
    expect(await names(engine)).toEqual(["a"]);
    await engine.close();
  });
});

describe("the lock", () => {
  async function putLock(fs: FileSystem, pid: number, host: string, heartbeatMs: number): Promise<void> {
    const line = JSON.stringify({ nonce: NONCE, host, bootId: "boot", pid, startedAt: "1" });
    await writeFile(fs, `${PATH}.lock`, new TextEncoder().encode(`${line}\n${heartbeatMs}\n`));
  }

  async function createCatalog(): Promise<FileSystem> {
    const fs = createMemoryFileSystem();
    await (await openEngine({ fs, path: PATH })).close();
    return fs;
  }

  it("of a dead process is taken over", async () => {
    const fs = await createCatalog();
    await putLock(fs, 9, "here", Date.now());
    const engine = await openEngine({ fs, path: PATH, processes: createProcesses(1, new Set([9])) });
    await engine.batch([insert("a")]);
    await engine.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
  });

  it("of a process that nobody can see is taken over after a minute of silence, not before", async () => {
    for (const [silentMs, code] of [
      [59_000, "BUSY"],
      [61_000, undefined],
    ] as const) {
      const fs = await createCatalog();
      await putLock(fs, 9, "elsewhere", Date.now() - silentMs);
      const engine = await openEngine({ fs, path: PATH });
      const error = await engine.batch([insert("a")]).then(
        () => undefined,
        (caught: unknown) => caught,
      );
      expect(error && Reflect.get(Object(error), "code")).toBe(code);
      await engine.close();
    }
  });

  it("is given up a moment after the last batch, and taken for the first", async () => {
    const fs = await createCatalog();
    const engine = await openEngine({ fs, path: PATH });
    await names(engine);
    expect(await listNames(fs, "/")).not.toContain("catalog.sqlite.lock");
    await engine.batch([insert("a")]);
    expect(await listNames(fs, "/")).toContain("catalog.sqlite.lock");
    while ((await listNames(fs, "/")).includes("catalog.sqlite.lock")) await systemClock.sleep(5);
    await engine.close();
  });

  it("that was stolen harms nothing: both rows are there", async () => {
    const fs = await createCatalog();
    const one = await openEngine({ fs, path: PATH });
    await one.batch([insert("a")]);
    const thief = await openEngine({ fs, path: PATH, processes: createProcesses(2, new Set([1])) });
    const batches = [one.batch([insert("b")]), thief.batch([insert("c")]), one.batch([insert("d")])];
    await Promise.all(batches);
    expect(await names(thief)).toEqual(["a", "b", "c", "d"]);
    await Promise.all([one.close(), thief.close()]);
    const reader = await openEngine({ fs, path: PATH, mode: "read" });
    expect(await names(reader)).toEqual(["a", "b", "c", "d"]);
    await reader.close();
  });
});

describe("a reader", () => {
  it("sees what others wrote, and writes nothing itself", async () => {
    const fs = createMemoryFileSystem();
    const writer = await openEngine({ fs, path: PATH });
    const reader = await openEngine({ fs, path: PATH, mode: "read", processes: createProcesses(2) });
    await writer.batch([insert("a")]);
    expect(await names(reader)).toEqual(["a"]);
    await writer.batch([insert("b")], { durable: false });
    expect(await names(reader)).toEqual(["a", "b"]);
    await writer.close();
    expect(await names(reader)).toEqual(["a", "b"]);
    await expect(reader.batch([insert("c")])).rejects.toMatchObject({ code: "READ_ONLY", details: { path: PATH } });
    const [result] = await reader.batch([{ sql: "SELECT COUNT(*) FROM things" }]);
    expect(result).toEqual({ rows: [[2]], changes: 0 });
    await reader.sync();
    await reader.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
  });

  it("looks at the file once within the refresh interval", async () => {
    const fs = createMemoryFileSystem();
    let nowMs = 0;
    const clock: Clock = { ...systemClock, monotonicMs: () => nowMs };
    const reader = await openEngine({ fs, path: PATH, clock, refreshIntervalMs: 5 });
    const writer = await openEngine({ fs, path: PATH, processes: createProcesses(2) });
    await writer.batch([insert("a")]);
    nowMs = 4.9;
    expect(await names(reader)).toEqual([]);
    nowMs = 5;
    expect(await names(reader)).toEqual(["a"]);
    await Promise.all([reader.close(), writer.close()]);
  });

  it("says so when the file is gone or became something else, and recovers", async () => {
    const fs = createMemoryFileSystem();
    const reader = await openEngine({ fs, path: PATH });
    await fs.rename(PATH, "/aside");
    await expect(names(reader)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await writeFile(fs, PATH, new Uint8Array(0));
    await expect(names(reader)).rejects.toMatchObject({ code: "CORRUPT" });
    await expect(reader.describe()).rejects.toMatchObject({ code: "CORRUPT" });
    await expect(reader.batch([insert("a")])).rejects.toMatchObject({ code: "CORRUPT" });
    await fs.rename("/aside", PATH);
    await reader.batch([insert("a")]);
    expect(await names(reader)).toEqual(["a"]);
    await reader.close();
  });
});

describe("a file that another tool edits", () => {
  async function edit(fs: FileSystem): Promise<void> {
    const db = new sqljs.Database(await fs.readFile(PATH));
    db.run("INSERT INTO things (name) VALUES ('edited')");
    await fs.unlink(PATH);
    await writeFile(fs, PATH, db.export());
    db.close();
  }

  it("is read again before the next batch", async () => {
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ fs, path: PATH });
    await edit(fs);
    await engine.batch([insert("a")]);
    expect(await names(engine)).toEqual(["a", "edited"]);
    await engine.close();
  });

  it("while a log is pending is neither overwritten nor merged: DIVERGED", async () => {
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ fs, path: PATH });
    await engine.batch([insert("a")]);
    await edit(fs);
    await expect(engine.checkpoint()).rejects.toMatchObject({ code: "DIVERGED", hint: expect.any(String) });
    await engine.close();
    await expect(openEngine({ fs, path: PATH })).rejects.toMatchObject({ code: "DIVERGED" });
    // The way out that the hint names.
    await fs.rename(`${PATH}.oplog`, "/aside");
    const after = await openEngine({ fs, path: PATH });
    expect(await names(after)).toEqual(["edited"]);
    await after.close();
  });

  it("that is gone while a log is pending is CORRUPT, not a new catalog", async () => {
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ fs, path: PATH, checkpointOnClose: "never" });
    await engine.batch([insert("a")]);
    await engine.close();
    expect(await listNames(fs, "/")).toContain("catalog.sqlite.oplog");
    await fs.rename(PATH, "/aside");
    for (const mode of ["write", "read"] as const) {
      await expect(openEngine({ fs, path: PATH, mode })).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
    await expect(openEngine({ fs, path: PATH })).rejects.toMatchObject({ code: "CORRUPT" });
    await fs.rename("/aside", PATH);
    const again = await openEngine({ fs, path: PATH });
    expect(await names(again)).toEqual(["a"]);
    await again.close();
  });
});

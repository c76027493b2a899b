import { describe, expect, it } from "vitest";
import { systemClock } from "../../../../src/adapters/clock/system.ts";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import type { Clock } from "../../../../src/ports/clock.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import { createProcesses, insert, listNames, names, openEngine, sqljs, writeFile } from "./_engine-world.ts";

const PATH = "/catalog.sqlite";
const NONCE = "0123456789abcdef".repeat(2);

async function putLock(fs: FileSystem, name: string, text: string): Promise<void> {
  await fs.makeDirectory(`${PATH}.lock`);
  await writeFile(fs, `${PATH}.lock/${name}`, new TextEncoder().encode(text));
}

function owner(pid: number, host: string | null = "here"): string {
  return JSON.stringify({ host, boot_id: "boot", pid, started_at: "1", since: "2026-11-01T00:00:00.000Z" });
}

describe("two writers", () => {
  it("do not write at once: the second gets BUSY naming the first, and writes when it is done", async () => {
    const fs = createMemoryFileSystem();
    const first = await openEngine({ fs, path: PATH });
    const second = await openEngine({ fs, path: PATH, processes: createProcesses(2) });
    await first.batch([insert("a")]);
    await expect(second.batch([insert("b")])).rejects.toMatchObject({
      code: "BUSY",
      retryable: true,
      details: {
        path: PATH,
        holder: expect.stringMatching('process 1 on host "here" since "2'),
        waitedMs: expect.any(Number),
      },
      hint: "Wait until it is done, or stop it.",
    });
    expect(await names(second)).toEqual(["a"]);
    await first.batch([insert("c")]);
    await first.close();
    await second.batch([insert("b")]);
    expect(await names(second)).toEqual(["a", "b", "c"]);
    await second.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
  });

  it("wait for each other up to the busy timeout", async () => {
    const fs = createMemoryFileSystem();
    const first = await openEngine({ fs, path: PATH });
    const naps: number[] = [];
    const clock: Clock = {
      ...systemClock,
      sleep: async (durationMs) => {
        naps.push(durationMs);
        if (naps.length === 3) await first.close();
      },
    };
    const second = await openEngine({ fs, path: PATH, clock, busyTimeoutMs: 60_000 });
    await first.batch([insert("a")]);
    await second.batch([insert("b")]);
    expect(naps.length).toBe(3);
    expect(Math.min(...naps)).toBeGreaterThanOrEqual(5);
    expect(await names(second)).toEqual(["a", "b"]);
    await second.close();
  });

  it("stop waiting when the caller gives up", async () => {
    const fs = createMemoryFileSystem();
    const first = await openEngine({ fs, path: PATH });
    await first.batch([insert("a")]);
    const second = await openEngine({ fs, path: PATH, busyTimeoutMs: 60_000 });
    const controller = new AbortController();
    const waiting = second.batch([insert("b")], { signal: controller.signal });
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await first.batch([insert("c")]);
    await Promise.all([first.close(), second.close()]);
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
  });

  it("keep each other's rows, whichever read the file first", async () => {
    const fs = createMemoryFileSystem();
    const stale = await openEngine({ fs, path: PATH, refreshIntervalMs: 3_600_000 });
    expect(await names(stale)).toEqual([]);
    const other = await openEngine({ fs, path: PATH });
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
  it.each([["a dead process", NONCE, owner(9)]])("of %s is taken over", async (_, name, text) => {
    const fs = createMemoryFileSystem();
    await putLock(fs, name, text);
    const lines: string[] = [];
    const logger = { log: (_level: string, message: string) => void lines.push(message) };
    const processes = createProcesses(1, new Set([9]));
    const engine = await openEngine({ fs, path: PATH, processes, logger });
    await engine.batch([insert("a")]);
    expect(lines).toContain("taking over the lock of a dead process");
    await engine.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
  });

  it("is taken when its folder is empty", async () => {
    const fs = createMemoryFileSystem();
    await fs.makeDirectory(`${PATH}.lock`);
    const engine = await openEngine({ fs, path: PATH });
    await engine.batch([insert("a")]);
    await engine.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
  });

  it.each([
    ["another host", NONCE, owner(9, "elsewhere")],
    ["a host that is not known", NONCE, owner(9, null)],
    ["nobody knows whom", NONCE, "{"],
    ["somebody without a field", NONCE, '{"host":"here"}'],
    ["a list", NONCE, "[]"],
    ["null", NONCE, "null"],
    ["a pid that is none", NONCE, owner(9).replace("9", '"9"')],
    ["a name that is none of ours", "README", owner(9)],
  ])("of %s is never stolen", async (_, name, text) => {
    const fs = createMemoryFileSystem();
    await putLock(fs, name, text);
    const engine = await openEngine({ fs, path: PATH, processes: createProcesses(1, new Set([9])) });
    await expect(engine.batch([insert("a")])).rejects.toMatchObject({
      code: "BUSY",
      hint: `If that process is certainly gone, remove the folder "${PATH}.lock".`,
    });
    await engine.close();
    expect(await listNames(fs, `${PATH}.lock`)).toEqual([name]);
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite", "catalog.sqlite.lock"]);
  });

  it("with two files, or that is a file itself, is never stolen", async () => {
    const fs = createMemoryFileSystem();
    await putLock(fs, NONCE, owner(9));
    await writeFile(fs, `${PATH}.lock/${"f".repeat(32)}`, new TextEncoder().encode(owner(9)));
    const engine = await openEngine({ fs, path: PATH, processes: createProcesses(1, new Set([9])) });
    await expect(engine.batch([insert("a")])).rejects.toMatchObject({ code: "BUSY" });
    for (const name of await listNames(fs, `${PATH}.lock`)) await fs.unlink(`${PATH}.lock/${name}`);
    await fs.removeDirectory(`${PATH}.lock`);
    await writeFile(fs, `${PATH}.lock`, new Uint8Array(0));
    await expect(engine.batch([insert("a")])).rejects.toMatchObject({ code: "BUSY" });
    await engine.close();
  });

  it("that was taken away makes what was not durable fail, and can be taken again", async () => {
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ fs, path: PATH });
    await engine.batch([insert("a")]);
    await engine.batch([insert("b")], { durable: false });
    const [name = ""] = await listNames(fs, `${PATH}.lock`);
    await fs.unlink(`${PATH}.lock/${name}`);
    await expect(engine.batch([insert("c")])).rejects.toMatchObject({ code: "BUSY" });
    expect(await names(engine)).toEqual(["a"]);
    await expect(engine.batch([insert("c")])).rejects.toMatchObject({ code: "NOT_COMMITTED" });
    await engine.batch([insert("c")]);
    await engine.close();
    const reader = await openEngine({ fs, path: PATH, mode: "read" });
    expect(await names(reader)).toEqual(["a", "c"]);
  });

  it("that another holds by now stays that one's", async () => {
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ fs, path: PATH });
    await engine.batch([insert("a")], { durable: false });
    const [name = ""] = await listNames(fs, `${PATH}.lock`);
    await fs.unlink(`${PATH}.lock/${name}`);
    const thief = await openEngine({ fs, path: PATH, processes: createProcesses(2) });
    await thief.batch([insert("b")]);
    await expect(engine.close()).rejects.toMatchObject({
      code: "BUSY",
      details: { holder: expect.stringMatching("process 2") },
    });
    await thief.batch([insert("c")]);
    expect(await names(thief)).toEqual(["b", "c"]);
    await thief.close();
  });

  it("is held from the first batch that may write, not by reading or opening", async () => {
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ fs, path: PATH });
    await engine.batch([{ sql: "SELECT name FROM things" }]);
    await names(engine);
    await engine.sync();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
    await engine.batch([{ sql: "DELETE FROM things" }]);
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite", "catalog.sqlite.lock"]);
    await engine.close();
  });

  it("clears away temporary files and private folders of dead processes, and nothing else", async () => {
    const fs = createMemoryFileSystem();
    await (await openEngine({ fs, path: PATH })).close();
    const strange = [
      `${PATH}.tmp.123`,
      `${PATH}.lock.${NONCE}x`,
      `/other.tmp.${NONCE}`,
      `${PATH}.bak.tmp.${NONCE}`,
      `${PATH}.v1`,
    ];
    for (const path of [...strange, `${PATH}.tmp.${NONCE}`]) await writeFile(fs, path, new Uint8Array(1));
    await fs.makeDirectory(`${PATH}.lock.${NONCE}`);
    await writeFile(fs, `${PATH}.lock.${NONCE}/${NONCE}`, new TextEncoder().encode(owner(9)));
    await fs.makeDirectory(`${PATH}.tmp.${"f".repeat(32)}`);
    const engine = await openEngine({ fs, path: PATH });
    await engine.batch([insert("a")]);
    await engine.close();
    const left = [PATH, `${PATH}.tmp.${"f".repeat(32)}`, ...strange].map((path) => path.slice(1));
    expect(await listNames(fs, "/")).toEqual(left.sort());
  });
});

describe("a reader", () => {
  it("sees what others wrote, and writes nothing itself", async () => {
    const fs = createMemoryFileSystem();
    const writer = await openEngine({ fs, path: PATH });
    const reader = await openEngine({ fs, path: PATH, mode: "read" });
    await writer.batch([insert("a")]);
    expect(await names(reader)).toEqual(["a"]);
    await writer.batch([insert("b")], { durable: false });
    expect(await names(reader)).toEqual(["a"]);
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
    const writer = await openEngine({ fs, path: PATH });
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

  it("is not overwritten while the lock is held: DIVERGED, and the next batch builds on it", async () => {
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ fs, path: PATH });
    await engine.batch([insert("a")]);
    await edit(fs);
    await expect(engine.batch([insert("b")])).rejects.toMatchObject({ code: "DIVERGED" });
    await engine.batch([insert("c")]);
    expect(await names(engine)).toEqual(["a", "c", "edited"]);
    await engine.close();
  });
});

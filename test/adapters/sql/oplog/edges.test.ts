import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import {
  describeLockHolder,
  formatLockHolder,
  parseLockHolder,
  unknownHolder,
} from "../../../../src/adapters/sql/oplog/lock/lock-holder.ts";
import { readSchemaVersion } from "../../../../src/adapters/sql/oplog/replica/file-header.ts";
import type { FileHandle, FileSystem } from "../../../../src/ports/file-system.ts";
import { identity, insert, names, openEngine, overrideCalls, overrideHandles, sqljs } from "./_engine-world.ts";

const PATH = "/catalog.sqlite";
const NONCE = "0123456789abcdef".repeat(2);

async function createCatalog(): Promise<FileSystem> {
  const fs = createMemoryFileSystem();
  const engine = await openEngine({ fs, path: PATH });
  await engine.batch([insert("a")]);
  await engine.close();
  return fs;
}

describe("reading", () => {
  it("gives up on a file that never keeps still", async () => {
    let looks = 0;
    const fs = overrideHandles(await createCatalog(), (handle) => ({
      stat: async () => ({ ...(await handle.stat()), modifiedMs: looks++ }),
    }));
    await expect(openEngine({ fs, path: PATH })).rejects.toMatchObject({ code: "BUSY", retryable: true });
    expect(looks).toBe(6);
  });

  it("starts again when the file shrank under it", async () => {
    let reads = 0;
    const fs = overrideHandles(await createCatalog(), (handle) => ({
      read: async (target, position) => (reads++ === 0 ? 0 : handle.read(target, position)),
    }));
    const engine = await openEngine({ fs, path: PATH });
    expect(await names(engine)).toEqual(["a"]);
    await engine.close();
  });

  it("puts a large file together from its parts", async () => {
    const fs = await createCatalog();
    const writer = await openEngine({ fs, path: PATH });
    const sql = "INSERT INTO things (name, data) VALUES (?, ?)";
    const data = new Uint8Array(9_000_000).map((_, index) => index % 251);
    await writer.batch([{ sql, parameters: ["large", data] }]);
    await writer.close();
    const reader = await openEngine({ fs, path: PATH, mode: "read" });
    const [row] = await reader.query({ sql: "SELECT data FROM things WHERE name = 'large'" });
    // Comparing nine million numbers one by one would take a minute.
    expect(row?.[0] instanceof Uint8Array && Buffer.from(row[0]).equals(data)).toBe(true);
    await reader.close();
  });

  it("takes the largest page size for what it is", () => {
    const db = new sqljs.Database();
    db.run("PRAGMA page_size = 65536; PRAGMA application_id = 7; PRAGMA user_version = 3; CREATE TABLE a (b)");
    const bytes = db.export();
    db.close();
    const expected = { path: PATH, applicationId: 7, schemaVersion: 3 };
    expect(readSchemaVersion(bytes, expected)).toBe(3);
    expect(() => readSchemaVersion(bytes.slice(0, 65_536), expected)).toThrow("cut short");
  });

  it("goes through when the engine is closed meanwhile, and later reads get CLOSED", async () => {
    const memory = await createCatalog();
    let engine: Awaited<ReturnType<typeof openEngine>> | undefined;
    let closing: Promise<void> | undefined;
    const lstat: FileSystem["lstat"] = async (path) => {
      closing ??= engine?.close();
      return memory.lstat(path);
    };
    engine = await openEngine({ fs: overrideCalls(memory, { lstat }), path: PATH });
    expect(await names(engine)).toEqual(["a"]);
    await closing;
    expect(closing).toBeDefined();
    await expect(names(engine)).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("files that were opened", () => {
  it("are closed in the end, also when there was nothing to checkpoint", async () => {
    const open = new Set<FileHandle>();
    const fs = overrideHandles(await createCatalog(), (handle) => {
      open.add(handle);
      return {
        close: async () => {
          open.delete(handle);
          await handle.close();
        },
      };
    });
    const engine = await openEngine({ fs, path: PATH });
    await engine.checkpoint();
    await engine.batch([insert("b")]);
    await engine.checkpoint();
    await engine.close();
    expect(open.size).toBe(0);
  });
});

describe("the holder of a lock", () => {
  it("is written and read, and shown to people", () => {
    const thread = { ...identity(7), thread: "8@9" };
    const text = new TextDecoder().decode(formatLockHolder({ nonce: NONCE, identity: thread, sign: true }));
    expect(text).toBe(
      `{"nonce":"${NONCE}","host":"here","bootId":"boot","pid":7,"startedAt":"1","thread":"8@9","sign":true}\n`,
    );
    const holder = parseLockHolder(`${text}1000\n2000\n30`);
    expect(holder).toEqual({ nonce: NONCE, identity: thread, sign: true, heartbeatMs: 2000 });
  });

  it("is understood as 0.1 wrote it", () => {
    const text = `{"nonce":"${NONCE}","host":"here","bootId":"boot","pid":7,"startedAt":"1"}\n1000\n`;
    const holder = { nonce: NONCE, identity: { ...identity(7), thread: null }, sign: false, heartbeatMs: 1000 };
    expect(parseLockHolder(text)).toEqual(holder);
  });

  it.each([
    [identity(7), identity(8), /^process 7 on host "here", last heard of at 1970-01-01T00:00:02.000Z$/],
    [{ ...identity(7), thread: null }, identity(7), /^another opening or thread of this process, 7, last/],
    [{ ...identity(7), thread: "8@9" }, identity(7), /^another thread of this process, 7, last/],
    [{ ...identity(7), startedAt: "1@2" }, { ...identity(7), startedAt: "1@3" }, /^process 7 in another container on/],
    [{ ...identity(7), bootId: null, startedAt: "1@2" }, { ...identity(8), startedAt: "1@3" }, /^process 7 on/],
    [{ host: null, bootId: null, pid: null, startedAt: null }, identity(7), /^a process on an unknown host, last/],
  ])("is shown to people: %j", (who, self, expected) => {
    expect(describeLockHolder({ nonce: NONCE, identity: who, sign: false, heartbeatMs: 2000 }, self)).toMatch(expected);
    expect(describeLockHolder(unknownHolder(0), self)).toBe("an unknown process");
  });

  it.each(["", "null", "[]", "{}", '{"nonce":7}', `{"nonce":"${NONCE}","pid":"x"}`])(
    "is unknown when it is %j",
    (text) => {
      expect(parseLockHolder(text)).toBeUndefined();
    },
  );
});

import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import { GroupCommit, type GroupCommitOptions } from "../../../../src/adapters/sql/sqljs/group-commit.ts";
import { describeLockOwner, formatLockOwner, parseLockOwner } from "../../../../src/adapters/sql/sqljs/lock-owner.ts";
import { readSchemaVersion } from "../../../../src/adapters/sql/sqljs/replica/file-header.ts";
import { outcomeUnknown } from "../../../../src/adapters/sql/sqljs/snapshot.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import {
  createProcesses,
  identity,
  insert,
  listNames,
  names,
  openEngine,
  overrideCalls,
  overrideHandles,
  posixError,
  sqljs,
} from "./_engine-world.ts";

const PATH = "/catalog.sqlite";

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
    expect(looks).toBe(10);
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
    const stat: FileSystem["stat"] = async (path) => {
      closing ??= engine?.close();
      return memory.stat(path);
    };
    engine = await openEngine({ fs: overrideCalls(memory, { stat }), path: PATH });
    expect(await names(engine)).toEqual(["a"]);
    await closing;
    expect(closing).toBeDefined();
    await expect(names(engine)).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("writing", () => {
  it("does not try for ever when the file system takes no bytes", async () => {
    const memory = await createCatalog();
    const fs = overrideHandles(memory, (handle, path) => ({
      write: async (bytes) => (path.includes(".tmp.") ? 0 : handle.write(bytes)),
    }));
    const engine = await openEngine({ fs, path: PATH });
    await expect(engine.batch([insert("b")])).rejects.toMatchObject({ code: "NOT_COMMITTED" });
    await engine.close();
    expect(await listNames(memory, "/")).toEqual(["catalog.sqlite"]);
  });

  it("cannot tell when neither the rename nor a look afterwards succeeds", async () => {
    const memory = await createCatalog();
    let failing = false;
    const fs = overrideCalls(memory, {
      rename: async (from, to) => {
        failing = to === PATH;
        if (failing) throw posixError("EIO");
        await memory.rename(from, to);
      },
      stat: async (path) => {
        if (failing) throw posixError("EIO");
        return memory.stat(path);
      },
    });
    const engine = await openEngine({ fs, path: PATH });
    await expect(engine.batch([insert("b")])).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    await expect(engine.close()).rejects.toMatchObject({ code: "NOT_COMMITTED" });
    expect(await listNames(memory, "/")).toEqual(["catalog.sqlite"]);
  });

  it("gives the lock back when the catalog is gone once it holds it", async () => {
    const fs = await createCatalog();
    const engine = await openEngine({ fs, path: PATH, refreshIntervalMs: 3_600_000 });
    await fs.rename(PATH, "/aside");
    await expect(engine.batch([insert("b")])).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await listNames(fs, "/")).toEqual(["aside"]);
    await engine.close();
  });
});

describe("taking the lock", () => {
  it("makes its private folder again when somebody took it for a leftover", async () => {
    const memory = await createCatalog();
    let removed = 0;
    const fs = overrideCalls(memory, {
      open: async (path, mode, createMode) => {
        if (mode === "create" && path.includes(".lock.") && removed++ === 0) {
          await memory.removeDirectory(path.slice(0, path.lastIndexOf("/")));
        }
        return memory.open(path, mode, createMode);
      },
      rename: async (from, to) => {
        if (from.includes(".lock.") && removed++ === 2) {
          await memory.unlink(`${from}/${from.slice(-32)}`);
          await memory.removeDirectory(from);
        }
        await memory.rename(from, to);
      },
    });
    const engine = await openEngine({ fs, path: PATH });
    await engine.batch([insert("b")]);
    expect(removed).toBeGreaterThan(3);
    await engine.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
  });

  it.each(["EPERM", "EEXIST"])("takes %s for a lock that is held, where there is one", async (code) => {
    const memory = await createCatalog();
    const fs = overrideCalls(memory, {
      rename: async (from, to) => {
        if (to.endsWith(".lock") && (await memory.lstat(to)) !== undefined) throw posixError(code);
        await memory.rename(from, to);
      },
    });
    const holder = await openEngine({ fs, path: PATH });
    await holder.batch([insert("b")]);
    const other = await openEngine({ fs, path: PATH, processes: createProcesses(2) });
    await expect(other.batch([insert("c")])).rejects.toMatchObject({ code: "BUSY" });
    await holder.close();
    await memory.makeDirectory(`${PATH}.lock`);
    await other.batch([insert("c")]);
    await other.close();
    expect(await listNames(memory, "/")).toEqual(["catalog.sqlite"]);
  });

  it("is refused with PERMISSION where no lock is in the way", async () => {
    const memory = await createCatalog();
    const rename = async (): Promise<void> => {
      throw posixError("EPERM");
    };
    const engine = await openEngine({ fs: overrideCalls(memory, { rename }), path: PATH });
    await expect(engine.batch([insert("b")])).rejects.toMatchObject({ code: "PERMISSION" });
    await engine.close();
    expect(await listNames(memory, "/")).toEqual(["catalog.sqlite"]);
  });

  it("does not spin on a folder that cannot be taken though it looks empty", async () => {
    const memory = await createCatalog();
    let tries = 0;
    const fs = overrideCalls(memory, {
      rename: async () => {
        tries++;
        throw posixError("ENOTEMPTY");
      },
    });
    const engine = await openEngine({ fs, path: PATH });
    const error = { code: "BUSY", details: { holder: "an unknown process" } };
    await expect(engine.batch([insert("b")])).rejects.toMatchObject(error);
    expect(tries).toBeLessThan(20);
    await engine.close();
  });
});

describe("an owner of the lock", () => {
  it("is written and read, and shown to people", () => {
    const bytes = formatLockOwner(identity(7), 0);
    expect(new TextDecoder().decode(bytes)).toBe(
      '{"host":"here","boot_id":"boot","pid":7,"started_at":"1","since":"1970-01-01T00:00:00.000Z"}\n',
    );
    expect(parseLockOwner(bytes)).toEqual({ identity: identity(7), since: "1970-01-01T00:00:00.000Z" });
    expect(describeLockOwner(parseLockOwner(bytes))).toBe('process 7 on host "here" since "1970-01-01T00:00:00.000Z"');
    const nobody = { host: null, bootId: null, pid: null, startedAt: null };
    expect(describeLockOwner(parseLockOwner(formatLockOwner(nobody, 0)))).toBe(
      'a process on an unknown host since "1970-01-01T00:00:00.000Z"',
    );
  });
});

describe("a group commit", () => {
  function createCommit(options: Partial<GroupCommitOptions>): GroupCommit {
    const nothing = async (): Promise<void> => {};
    return new GroupCommit({
      path: PATH,
      gather: nothing,
      writeSnapshot: nothing,
      syncFile: nothing,
      dropReplica: () => {},
      ...options,
    });
  }

  it("denies what came after a snapshot whose outcome is unknown", async () => {
    let fail: ((error: unknown) => void) | undefined;
    const writing = new Promise<void>((_, reject) => {
      fail = reject;
    });
    let dropped = 0;
    const commit = createCommit({ writeSnapshot: () => writing, dropReplica: () => void dropped++ });
    commit.recordApplied(true);
    const covered = commit.wait("batch");
    await Promise.resolve();
    await Promise.resolve();
    commit.recordApplied(true);
    const later = commit.wait("batch");
    fail?.(outcomeUnknown(PATH, new Error("EIO")));
    await expect(covered).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    await expect(later).rejects.toMatchObject({ code: "NOT_COMMITTED" });
    expect(dropped).toBe(1);
    expect(commit.settled).toBe(false);
  });

  it("reports a loss of which the outcome is unknown as such, once", async () => {
    const commit = createCommit({ writeSnapshot: () => Promise.reject(outcomeUnknown(PATH, new Error("EIO"))) });
    commit.recordApplied(false);
    await expect(commit.wait("batch")).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    expect(() => commit.throwLoss()).toThrow(expect.objectContaining({ code: "OUTCOME_UNKNOWN" }));
    commit.throwLoss();
  });

  it("has told the one who asked for everything, so that there is nothing more to report", async () => {
    const commit = createCommit({ writeSnapshot: () => Promise.reject(new Error("no")) });
    commit.recordApplied(false);
    await expect(commit.wait("sync")).rejects.toThrow("no");
    commit.throwLoss();
    expect(commit.settled).toBe(true);
  });
});

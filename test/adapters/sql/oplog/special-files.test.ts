import {
  appendFileSync,
  closeSync,
  existsSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../../src/adapters/clock/system.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import { describeWith, outputOf } from "../../../components.ts";
import { createProcesses, insert, inTemporaryFolder, MIGRATIONS_2, names, openEngine } from "./_engine-world.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** What is no file of a catalog: how it is made, and what it is called. */
type Kind = readonly [title: string, make: (path: string, outside: string) => unknown, what: RegExp];

const KINDS: readonly Kind[] = [
  ["a dangling symlink", (path) => symlinkSync("/nonexistent/x", path), /it is a symbolic link$/],
  ["a symlink to a short file", (path, outside) => symlinkSync(outside, path), /it is a symbolic link$/],
  ["a socket", (path) => servers.push(createServer().listen(path)), /it is no regular file, but a pipe/],
  ["a folder", (path) => mkdirSync(path), /it is a folder$/],
];

interface Scene {
  readonly fs: FileSystem;
  readonly path: string;
  readonly folder: string;
}

/** A catalog in a folder, and a file outside of it that must stay as it is. */
async function inScene(work: (scene: Scene) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder, fs) => {
    const outside = `${folder}/outside`;
    writeFileSync(outside, "short");
    const path = `${folder}/state/catalog.sqlite`;
    const engine = await openEngine({ fs, path });
    await engine.batch([insert("a")]);
    await engine.close();
    await work({ fs, path, folder });
    expect(readFileSync(outside, "utf8")).toBe("short");
  });
}

function makeGigabyte(path: string, start = ""): void {
  writeFileSync(path, start);
  const file = openSync(path, "r+");
  ftruncateSync(file, 2 ** 30);
  closeSync(file);
}

function refuseInstead(make: Kind[1], what: Kind[2]): void {
  it("in the place of the lock is refused by name, and everything goes on when it is moved away", () =>
    inScene(async ({ fs, path, folder }) => {
      const lock = `${path}.lock`;
      make(lock, `${folder}/outside`);
      const engine = await openEngine({ fs, path, busyTimeoutMs: 60_000 });
      const refused = { code: "REFUSED", message: expect.stringMatching(what), details: { path: lock } };
      await expect(engine.batch([insert("b")])).rejects.toMatchObject(refused);
      await expect(engine.checkpoint()).rejects.toMatchObject(refused);
      expect(await names(engine)).toEqual(["a"]);
      renameSync(lock, `${folder}/aside`);
      await engine.batch([insert("c")]);
      await engine.close();
    }));

  it.each(["read", "write", "create"] as const)("in the place of the log is refused by name, opened to %s", (mode) =>
    inScene(async ({ fs, path, folder }) => {
      const log = `${path}.oplog`;
      make(log, `${folder}/outside`);
      const refused = { code: "REFUSED", message: expect.stringMatching(what), details: { path: log } };
      await expect(openEngine({ fs, path, mode })).rejects.toMatchObject(refused);
      expect(lstatSync(log).isFile()).toBe(false);
    }),
  );

  it("that comes in the place of the log is refused by name", () =>
    inScene(async ({ fs, path, folder }) => {
      const engine = await openEngine({ fs, path });
      await engine.batch([insert("b")]);
      // As long as it holds the lock it has no reason to look.
      while (existsSync(`${path}.lock`)) await systemClock.sleep(1);
      const log = `${path}.oplog`;
      renameSync(log, `${folder}/log`);
      make(log, `${folder}/outside`);
      const refused = { code: "REFUSED", message: expect.stringMatching(what), details: { path: log } };
      await expect(names(engine)).rejects.toMatchObject(refused);
      await expect(engine.batch([insert("c")])).rejects.toMatchObject(refused);
      await expect(engine.checkpoint()).rejects.toMatchObject(refused);
      rmSync(log, { recursive: true });
      renameSync(`${folder}/log`, log);
      expect(await names(engine)).toEqual(["a", "b"]);
      await engine.close();
    }));

  it("that comes in the place of the catalog is refused by name", () =>
    inScene(async ({ fs, path, folder }) => {
      const engine = await openEngine({ fs, path });
      renameSync(path, `${folder}/catalog`);
      make(path, `${folder}/outside`);
      const refused = { code: "REFUSED", message: expect.stringMatching(what), details: { path } };
      await expect(names(engine)).rejects.toMatchObject(refused);
      await expect(engine.batch([insert("c")])).rejects.toMatchObject(refused);
      rmSync(path, { recursive: true });
      renameSync(`${folder}/catalog`, path);
      await engine.close();
    }));

  it.each([
    ".lock.wanted",
    ".reserve",
    `.lock.${"1".repeat(32)}`,
    `.lock.${"2".repeat(32)}.dead`,
    `.kept-${"9".padStart(16, "0")}`,
    ".v1",
  ])("called %s keeps nobody from writing, and stays as it is", (ending) =>
    inScene(async ({ fs, path, folder }) => {
      const name = path + ending;
      make(name, `${folder}/outside`);
      const engine = await openEngine({ fs, path, keepSnapshots: 1 });
      await engine.batch([insert("b")]);
      await engine.checkpoint();
      await engine.batch([{ sql: "DELETE FROM things WHERE name = 'b'" }]);
      await engine.close();
      const migrated = await openEngine({ fs, path, migrations: MIGRATIONS_2 });
      expect(await names(migrated)).toEqual(["a"]);
      await migrated.close();
      // The sign that somebody waits is anybody's to remove.
      if (!/wanted/.test(ending)) expect(existsOrDangles(name)).toBe(true);
    }),
  );
}

describe.each(KINDS)("%s", (_title, make, what) => refuseInstead(make, what));

describeWith("mkfifo", "a pipe", (mkfifo) => {
  refuseInstead((path) => outputOf(mkfifo, [path]), /it is no regular file, but a pipe, a socket or a device$/);
});

function existsOrDangles(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

describe("a symlink to the file that would be kept before a migration", () => {
  it("is not taken for a copy of it", () =>
    inScene(async ({ fs, path }) => {
      symlinkSync(path, `${path}.v1`);
      await (await openEngine({ fs, path, migrations: MIGRATIONS_2 })).close();
      expect(existsSync(`${path}.v1.2`)).toBe(true);
    }));
});

describe("a symlink to a catalog", () => {
  it("leads to it, and to all that lies beside it", () =>
    inScene(async ({ fs, path, folder }) => {
      const link = `${folder}/link.sqlite`;
      symlinkSync(path, link);
      const engine = await openEngine({ fs, path: link, checkpointOnClose: "never" });
      await engine.batch([insert("b")]);
      await engine.close();
      expect(existsSync(`${path}.oplog`)).toBe(true);
      expect(existsSync(`${link}.oplog`)).toBe(false);
      const other = await openEngine({ fs, path, processes: createProcesses(2) });
      expect(await names(other)).toEqual(["a", "b"]);
      await other.close();
      expect(lstatSync(link).isSymbolicLink()).toBe(true);
    }));
});

describe("a gigabyte in the place of the lock", () => {
  it.each([
    ["of nothing", ""],
    ["behind a line", "line\n"],
  ])("is refused by name: %s", (_title, start) =>
    inScene(async ({ fs, path }) => {
      const lock = `${path}.lock`;
      makeGigabyte(lock, start);
      const engine = await openEngine({ fs, path });
      const message = expect.stringMatching(/it is no lock, but another file of 1073741824 bytes$/);
      await expect(engine.batch([insert("b")])).rejects.toMatchObject({ code: "REFUSED", message });
      await engine.close();
      expect(lstatSync(lock).size).toBe(2 ** 30);
    }),
  );

  it("that begins as a lock is one, of which only the ends are read", () =>
    inScene(async ({ fs, path }) => {
      const lock = `${path}.lock`;
      const holder = JSON.stringify({ nonce: "5".repeat(32), host: "here", bootId: "boot", pid: 9, startedAt: "1" });
      makeGigabyte(lock, `${holder}\n`);
      appendFileSync(lock, `\n1\n${Date.now()}\n12`);
      const alive = await openEngine({ fs, path });
      const message = expect.stringMatching(/process 9 on host "here", last heard of at 2/);
      await expect(alive.batch([insert("b")])).rejects.toMatchObject({ code: "BUSY", message });
      await alive.close();
      const engine = await openEngine({ fs, path, processes: createProcesses(1, new Set([9])) });
      await engine.batch([insert("b")]);
      await engine.close();
      expect(existsSync(lock)).toBe(false);
    }));
});

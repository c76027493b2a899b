import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { findNodeHomes } from "../../../src/adapters/process/node-homes.ts";
import {
  type RefuseRootContext,
  refuseClock,
  refuseEmptyCatalog,
  refuseHalf,
  refuseRoot,
} from "../../../src/catalog/collect/guards.ts";
import type { RootMembersContext } from "../../../src/catalog/root/root-members.ts";
import { formatTimestamp } from "../../../src/core/timestamp.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { FileStat, FileSystem } from "../../../src/ports/file-system.ts";
import { SharedRoot } from "../root/_shared-root.ts";

/*
 * What stops a collection before anything is looked at: the wrong root, the wrong clock, the wrong catalog.
 */

const FOLDER: FileStat = { kind: "directory", sizeBytes: 0, modifiedMs: 0, identity: "1", links: 1, mode: 0o755 };

async function refusal(
  work: Promise<void> | (() => void),
): Promise<{ guard: string; reason: string; hint: string } | undefined> {
  try {
    await (typeof work === "function" ? work() : work);
    return undefined;
  } catch (error) {
    if (!isCatalogError(error, "REFUSED")) throw error;
    const [, reason = ""] = /^Cannot collect "[^"]*": (.*)$/.exec(error.message) ?? [];
    return { guard: error.details.guard, reason, hint: error.hint ?? "" };
  }
}

describe("a root", () => {
  let shared: SharedRoot;

  beforeEach(() => {
    shared = new SharedRoot();
    for (const name of ["home/me/docs", "elsewhere/docs", "state"]) mkdirSync(shared.pathOf(name), { recursive: true });
    symlinkSync(shared.pathOf("home/me"), shared.pathOf("link-to-home"));
    symlinkSync(shared.pathOf("elsewhere"), shared.pathOf("link"));
    writeFileSync(shared.pathOf("state/catalog.sqlite"), "");
    writeFileSync(shared.pathOf("elsewhere/docs/inside.sqlite"), "");
    symlinkSync(shared.pathOf("elsewhere/docs/inside.sqlite"), shared.pathOf("state/linked.sqlite"));
  });

  afterEach(() => shared.remove());

  const look = (root: string, change: Partial<RefuseRootContext> = {}): ReturnType<typeof refusal> =>
    refusal(
      refuseRoot({
        fs: shared.fs,
        store: { root },
        catalogPath: shared.pathOf("state/catalog.sqlite"),
        homes: [shared.pathOf("link-to-home")],
        ...change,
      }),
    );

  it.each([
    ["that is one of its own", "elsewhere/docs"],
    ["below a home", "home/me/docs"],
    ["that is not there", "elsewhere/new"],
    ["beside the catalog", "state/docs"],
    ["whose name begins like that of the catalog's folder", "sta"],
  ])("%s passes", async (_what, root) => {
    expect(await look(shared.pathOf(root))).toBeUndefined();
  });

  it("in an object store passes, and one of a catalog in memory", async () => {
    expect(await look("s3://bucket")).toBeUndefined();
    expect(await look(shared.pathOf("state"), { catalogPath: "" })).toBeUndefined();
  });

  it("that is a file system is refused", async () => {
    for (const root of ["/", "//", "/x/.."]) {
      expect(await look(root)).toEqual({
        guard: "root",
        reason: "it is the root of a file system",
        hint: "Use a folder that holds nothing but what the catalog stores: name it with --root.",
      });
    }
  });

  it.each(["home/me", "link-to-home", "elsewhere/../home/me"])("that is a home, as %s, is refused", async (root) => {
    const without = { catalogPath: "" };
    expect(await look(shared.pathOf(root), without)).toMatchObject({ guard: "root", reason: "it is a home folder" });
    expect(await look(shared.pathOf(root), { ...without, homes: undefined })).toBeUndefined();
  });

  it("above a home is refused", async () => {
    const reason = `it holds home folders, as "${shared.pathOf("home/me")}"`;
    expect(await look(shared.pathOf("home"))).toMatchObject({ guard: "root", reason });
    expect(await look(shared.folder)).toMatchObject({ guard: "root", reason });
  });

  it.each(["/root", "/home/somebody", "/Users/somebody", "/home", "/Users"])(
    "%s is refused without a look",
    async (root) => {
      const fs = new Proxy(createMemoryFileSystem(), {
        get: (target, name) => (name === "list" ? expect.fail("a look") : Reflect.get(target, name).bind(target)),
      });
      expect(await look(root, { fs, homes: [] })).toMatchObject({
        guard: "root",
        reason: expect.stringContaining("home folder"),
      });
    },
  );

  it.each([
    ["/homes/2/me", "it is a home folder"],
    ["/homes", "it holds home folders"],
    ["/links/you", "it is a home folder"],
  ])("%s is refused where homes are behind symlinks", async (root, reason) => {
    const real = new Map([
      ["/home", "/links"],
      ["/home/me", "/homes/2/me"],
    ]);
    const fs: Pick<FileSystem, "list" | "realPath" | "stat"> = {
      stat: async () => FOLDER,
      realPath: async (path) => real.get(path) ?? path,
      async *list(path) {
        if (path !== "/home") throw Object.assign(new Error(path), { code: "ENOENT" });
        yield [
          { name: "me", kind: "symlink" },
          { name: "you", kind: "directory" },
        ];
      },
    };
    const context = { fs: Object.assign(createMemoryFileSystem(), fs), homes: ["/home", "/Users", "relative"] };
    expect(await look(root, context)).toMatchObject({ guard: "root", reason: expect.stringContaining(reason) });
    expect(await look(`${root}/docs/x`, context)).toBeUndefined();
  });

  it("is not judged by homes that cannot be listed for another reason", async () => {
    const fs = Object.assign(createMemoryFileSystem(), {
      stat: async () => FOLDER,
      realPath: async (path: string) => path,
      list: () => {
        throw Object.assign(new Error("made"), { code: "EMFILE" });
      },
    });
    await expect(look("/docs", { fs, homes: ["/home"] })).rejects.toMatchObject({ cause: { code: "EMFILE" } });
    expect(await look("/docs", { fs, homes: ["/"] })).toBeUndefined();
  });

  it.each([
    ["state", "state/catalog.sqlite"],
    ["link/docs", "elsewhere/docs/inside.sqlite"],
    ["elsewhere/docs", "state/linked.sqlite"],
    ["state", "state/linked.sqlite"],
  ])("%s that holds the catalog %s is refused", async (root, catalog) => {
    const catalogPath = shared.pathOf(catalog);
    expect(await look(shared.pathOf(root), { catalogPath })).toEqual({
      guard: "root",
      reason: `it holds the catalog "${catalogPath}" itself`,
      hint: expect.stringContaining("move the catalog out of it"),
    });
  });

  it("has the homes of the host to be compared with", () => {
    expect(findNodeHomes()).toEqual(expect.arrayContaining([homedir(), "/root", "/home", "/Users"]));
  });
});

describe("with a catalog", () => {
  let shared: SharedRoot;
  let context: RootMembersContext;

  beforeEach(async () => {
    shared = new SharedRoot();
    await shared.within("a.sqlite", shared.ingest);
    context = await shared.context("a.sqlite");
  });

  afterEach(() => shared.remove());

  const at = (now: number): Clock => ({ now: () => now, monotonicMs: () => 0, sleep: async () => {} });
  const clockAt = (now: number): ReturnType<typeof refusal> => refusal(refuseClock({ ...context, clock: at(now) }));
  const HOUR = 3_600_000;
  const NEXT_YEAR = "2999-01-01T00:00:00.000Z";

  it("the clock may be behind by an hour, and not by more", async () => {
    const now = Date.now();
    expect(await clockAt(now)).toBeUndefined();
    expect(await clockAt(now - HOUR + 60_000)).toBeUndefined();
    const refused = await clockAt(now - HOUR - 60_000);
    expect(refused).toMatchObject({ guard: "clock", hint: expect.stringContaining('"catalog init --adopt"') });
    expect(refused?.reason).toMatch(/^the clock says \d{4}-\S{18}Z, and the catalog was written at \d{4}-\S{18}Z$/);
  });

  it.each([
    ["documents", "UPDATE documents SET updated_at = ?"],
    ["removals", "INSERT INTO removals (uri, removed_at, verb) VALUES ('file:///x', ?, 'remove')"],
    [
      "leases",
      "INSERT INTO leases (id, uri, origin, holder, taken_at, expires_at) VALUES ('x', 'u', 'placed', '{}', ?, '3')",
    ],
    ["trash", "INSERT INTO trash (run, uri, kind, bytes, trashed_at) VALUES ('r', 'u', 'trash', 1, ?)"],
  ])("the clock is compared with the times in %s, until one is adopted", async (_table, sql) => {
    await context.sql.batch([{ sql, parameters: [NEXT_YEAR] }]);
    expect((await clockAt(Date.now()))?.reason).toContain(`written at ${NEXT_YEAR}`);
    expect(await clockAt(Date.parse(NEXT_YEAR))).toBeUndefined();
    await shared.within("a.sqlite", (catalog) => catalog.adoptRoot());
    await context.sql.query({ sql: "SELECT 1" }, { fresh: true });
    expect(await context.sql.query({ sql: "SELECT value FROM meta WHERE key = 'clock_adopted'" })).toEqual([
      [NEXT_YEAR],
    ]);
    expect(await context.sql.query({ sql: "SELECT * FROM orphans" })).toEqual([]);
    expect(await clockAt(Date.now())).toBeUndefined();
    expect(await clockAt(0)).toBeUndefined();
    const later = "2999-01-01T00:00:00.001Z";
    await context.sql.batch([{ sql: "UPDATE documents SET updated_at = ?", parameters: [later] }]);
    expect((await clockAt(0))?.reason).toContain(`written at ${later}`);
  });

  it("the clock is read when the catalog was asked: who was stopped meanwhile is not behind", async () => {
    let now = Date.now();
    const later = new Date(now + 3 * HOUR).toISOString();
    await context.sql.batch([{ sql: "UPDATE documents SET updated_at = ?", parameters: [later] }]);
    const query: typeof context.sql.query = (statement, options) => {
      now += 2 * HOUR;
      return context.sql.query(statement, options);
    };
    const clock = { ...systemClock, now: () => now };
    const sql = new Proxy(context.sql, {
      get: (target, name) => (name === "query" ? query : Reflect.get(target, name)),
    });
    expect(await refusal(refuseClock({ ...context, sql, clock }))).toBeUndefined();
  });

  it("the clock is not compared with what is no time", async () => {
    for (const text of ["zzz", "2999", "x".repeat(24), "9".repeat(100)]) {
      await context.sql.batch([{ sql: "UPDATE documents SET updated_at = ?", parameters: [text] }]);
      expect(await clockAt(Date.now())).toBeUndefined();
    }
  });

  it("no clock is adopted that was right, and orphans are forgotten", async () => {
    await context.sql.batch([
      {
        sql: "INSERT INTO orphans (uri, bytes, modified_us, since) VALUES ('file:///x', 1, 1, ?)",
        parameters: [formatTimestamp(Date.now() - HOUR)],
      },
    ]);
    await shared.within("a.sqlite", (catalog) => catalog.adoptRoot());
    await context.sql.query({ sql: "SELECT 1" }, { fresh: true });
    expect(await context.sql.query({ sql: "SELECT * FROM meta WHERE key = 'clock_adopted'" })).toEqual([]);
    expect(await context.sql.query({ sql: "SELECT * FROM orphans" })).toEqual([]);
  });

  it("an empty catalog is refused where there are files", async () => {
    await shared.within("empty.sqlite", async () => {});
    const empty = await shared.context("empty.sqlite");
    const refused = await refusal(refuseEmptyCatalog(empty));
    expect(refused).toMatchObject({ guard: "empty catalog", hint: expect.stringContaining("--catalog") });
    expect(refused?.reason).toMatch(/empty\.sqlite" is empty and always was, and there are files, as "r\/a1\//);
    expect(await refusal(refuseEmptyCatalog(context))).toBeUndefined();
    await shared.within("a.sqlite", (catalog) => catalog.remove([1]));
    expect(await refusal(refuseEmptyCatalog(context))).toBeUndefined();
  });

  it("an empty catalog passes where there is nothing but what is no blob", async () => {
    await shared.within("empty.sqlite", async () => {});
    const empty = await shared.context("empty.sqlite");
    mkdirSync(shared.pathOf("other"));
    symlinkSync("nowhere", shared.pathOf("other/link"));
    const { openFileBlobStore } = await import("../../../src/adapters/blob/files.ts");
    const { webCryptoEntropy } = await import("../../../src/adapters/entropy/web-crypto.ts");
    const rootDir = shared.pathOf("other");
    const store = await openFileBlobStore({ fs: shared.fs, entropy: webCryptoEntropy, rootDir });
    expect(await refusal(refuseEmptyCatalog({ ...empty, store }))).toBeUndefined();
  });
});

describe("half of a root", () => {
  const half = (files: readonly [number, number], bytes: readonly [number, number]): ReturnType<typeof refusal> =>
    refusal(() =>
      refuseHalf(
        { root: "/docs" },
        { files: { going: files[0], all: files[1] }, bytes: { going: bytes[0], all: bytes[1] } },
      ),
    );

  it("may go, and not more, of its files and of its bytes", async () => {
    expect(await half([0, 0], [0, 0])).toBeUndefined();
    expect(await half([5, 10], [50, 100])).toBeUndefined();
    expect(await half([6, 10], [1, 100])).toEqual({
      guard: "half",
      reason: "6 of 10 files would go, 1 of 100 bytes: more than half",
      hint: "If that is what you want, run it again with --force.",
    });
    expect(await half([1, 10], [51, 100])).toMatchObject({ guard: "half" });
  });
});

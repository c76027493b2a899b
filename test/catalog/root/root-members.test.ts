import { copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { RootMembers } from "../../../src/catalog/root/root-members.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { placeFixture } from "../../fixtures-0.1/load-fixture.ts";
import { SharedRoot } from "./_shared-root.ts";

/*
 * Which catalogs use a root, and when that cannot be told: real files, and catalogs that come, go and are replaced.
 */

let shared: SharedRoot;

beforeEach(async () => {
  shared = new SharedRoot();
  for (const name of ["a.sqlite", "b.sqlite"]) await shared.within(name, shared.ingest);
});

afterEach(() => shared.remove());

/** The members that "a.sqlite" finds, by name. */
async function membersOf(name = "a.sqlite", mode: "write" | "read" = "write"): Promise<RootMembers> {
  return new RootMembers(await shared.context(name, mode));
}

async function paths(members: RootMembers): Promise<readonly (string | null)[]> {
  return (await members.list()).map(({ path }) => path?.slice(shared.folder.length + 1) ?? null);
}

/** The guard, the message and the hint of a refusal, with the names of the test. */
async function refusal(work: Promise<unknown>): Promise<{ guard: string; text: string; hint: string }> {
  try {
    await work;
  } catch (error) {
    if (!isCatalogError(error, "REFUSED")) throw error;
    const name = (text: string): string => {
      const plain = text.replaceAll(`${shared.folder}/`, "");
      return ["a.sqlite", "b.sqlite"].reduce(
        (each, catalog) => each.replaceAll(idOf(catalog), `ID of ${catalog}`),
        plain,
      );
    };
    return { guard: error.details.guard, text: name(error.message), hint: name(error.hint ?? "") };
  }
  throw new Error("nothing was refused");
}

const ids = new Map<string, string>();
const idOf = (name: string): string => ids.get(name) ?? "no id";

beforeEach(() => {
  for (const name of ["a.sqlite", "b.sqlite"]) ids.set(name, shared.markerOf(name).id);
});

describe("the catalogs of a root", () => {
  it("are those of its markers, this one first, as they come and go", async () => {
    const members = await membersOf();
    expect(await paths(members)).toEqual(["a.sqlite", "b.sqlite"]);
    expect((await members.list()).map(({ isThis }) => isThis)).toEqual([true, false]);
    await shared.within("c.sqlite", shared.ingest);
    expect((await paths(members)).slice(1).sort()).toEqual(["b.sqlite", "c.sqlite"]);
    rmSync(shared.markerOf("b.sqlite").path);
    expect(await paths(members)).toEqual(["a.sqlite", "c.sqlite"]);
    await members.close();
    expect(await paths(members)).toEqual(["a.sqlite", "c.sqlite"]);
    await members.close();
  });

  it("are found by who only reads, too", async () => {
    expect(await paths(await membersOf("a.sqlite", "read"))).toEqual(["a.sqlite", "b.sqlite"]);
  });

  it("are asked for what others commit meanwhile, in the log too, without closing them", async () => {
    const members = await membersOf();
    const [, other] = await members.list();
    const b = await shared.open("b.sqlite");
    for (const count of [2, 3]) {
      await shared.ingest(b);
      const [, same] = await members.list();
      expect(same?.sql).toBe(other?.sql);
      expect(await same?.sql.query({ sql: "SELECT count(*) FROM documents" }, { fresh: true })).toEqual([[count]]);
    }
    await b.close();
    await members.close();
  });

  it("are asked anew when their file was replaced by a newer one", async () => {
    const members = await membersOf();
    await members.list();
    copyFileSync(shared.pathOf("b.sqlite"), shared.pathOf("new.sqlite"));
    renameSync(shared.pathOf("b.sqlite"), shared.pathOf("old.sqlite"));
    renameSync(shared.pathOf("new.sqlite"), shared.pathOf("b.sqlite"));
    await shared.within("b.sqlite", shared.ingest);
    const [, other] = await members.list();
    expect(await other?.sql.query({ sql: "SELECT count(*) FROM documents" }, { fresh: true })).toEqual([[2]]);
    await members.close();
  });

  it("name what is in the root as they call it", async () => {
    const key = parseBlobKey("a b/c.txt");
    const [own, other] = await (await membersOf()).list();
    for (const member of [own, other]) {
      expect(member?.uriOf(key)).toBe(`file://${shared.root}/a%20b/c.txt`);
      expect(member?.findKey(`file://${shared.root}/a%20b/c.txt`)).toBe(key);
    }
    shared.changeMarker("b.sqlite", { root: "/mnt/other place" });
    const [, elsewhere] = await (await membersOf()).list();
    expect(elsewhere?.uriOf(key)).toBe("file:///mnt/other%20place/a%20b/c.txt");
    for (const uri of ["file:///mnt/other%20place/a%20b/c.txt", `file://${shared.root}/x/../a%20b/c.txt`]) {
      expect(elsewhere?.findKey(uri)).toBe(key);
    }
    for (const uri of ["file:///mnt/other%20place", "file:///mnt/other/a", "https://example.org/a", "s3://b/k"]) {
      expect(elsewhere?.findKey(uri)).toBeUndefined();
    }
    shared.changeMarker("b.sqlite", { root: null });
    shared.changeMarker("a.sqlite", { root: "/mnt/before" });
    const [moved, first] = await (await membersOf()).list();
    expect(first?.uriOf(key)).toBe(`file://${shared.root}/a%20b/c.txt`);
    expect(moved?.uriOf(key)).toBe(`file://${shared.root}/a%20b/c.txt`);
    expect(moved?.findKey("file:///mnt/before/a%20b/c.txt")).toBe(key);
  });
});

describe("without a marker", () => {
  it("of this catalog nothing is collected", async () => {
    rmSync(shared.markerOf("a.sqlite").path);
    expect(await refusal((await membersOf()).list())).toEqual({
      guard: "marker",
      text: 'Cannot collect "docs": it has no marker of the catalog "a.sqlite"',
      hint: 'Run "catalog init" with this catalog and this root: it enters the catalog there.',
    });
    await shared.within("a.sqlite", (catalog) => catalog.enterRoot());
    expect(await paths(await membersOf())).toEqual(["a.sqlite", "b.sqlite"]);
    // Also when all its rows are gone: what they named may be garbage by now.
    await shared.within("a.sqlite", (catalog) => catalog.remove([1]));
    rmSync(shared.markerOf("a.sqlite").path);
    expect(await refusal((await membersOf()).list())).toMatchObject({ hint: expect.stringContaining("catalog init") });
    await shared.within("a.sqlite", (catalog) => catalog.enterRoot());
    expect(await paths(await membersOf())).toEqual(["a.sqlite", "b.sqlite"]);
  });

  it("of any catalog, as in a folder that is no root, neither", async () => {
    rmSync(shared.pathOf("docs"), { recursive: true });
    expect(await refusal((await membersOf()).list())).toMatchObject({ guard: "marker" });
  });

  it("but with one of this catalog that is damaged, neither", async () => {
    writeFileSync(shared.markerOf("a.sqlite").path, "{");
    expect(await refusal((await membersOf()).list())).toMatchObject({
      guard: "marker",
      text: 'Cannot collect "docs": its marker of the catalog "a.sqlite" is damaged',
    });
  });

  it("a catalog that names nothing there is a wrong one", async () => {
    await shared.within("c.sqlite", async () => {});
    expect(await refusal((await membersOf("c.sqlite")).list())).toEqual({
      guard: "marker",
      text: 'Cannot collect "docs": it has no marker of the catalog "c.sqlite"',
      hint: "No row of the catalog names anything there: name another catalog with --catalog, or another root with --root.",
    });
  });

  it("a catalog in memory cannot collect beside others of its kind", async () => {
    const context = { ...(await shared.context("a.sqlite")), catalogPath: "" };
    expect(await refusal(new RootMembers(context).list())).toMatchObject({ guard: "other catalog" });
    const { members } = await new RootMembers(context).listReadable();
    expect(members.map(({ id, path }) => [id, path])).toContainEqual(["memory", null]);
  });
});

describe("another catalog that cannot be asked", () => {
  const start = 'Cannot collect "docs": catalog ID of b.sqlite uses it too, and';
  const sayWhere =
    'Say where it is with --catalog-at ID of b.sqlite=PATH; if it is gone for good, run "catalog init --forget ID of b.sqlite".';

  const marker = (change: Record<string, unknown>) => (): void => shared.changeMarker("b.sqlite", change);
  const replace = (bytes: Uint8Array | string) => (): void => writeFileSync(shared.pathOf("b.sqlite"), bytes);
  const CASES: readonly [string, () => void | Promise<void>, string, string][] = [
    ["that is not there", () => rmSync(shared.pathOf("b.sqlite")), '"b.sqlite" is not there', sayWhere],
    [
      "whose marker names a URL",
      marker({ path: "postgres://h/d" }),
      '"postgres://h/d" is no path of this machine',
      sayWhere,
    ],
    ["that is no catalog", replace("no database".repeat(100)), '"b.sqlite" cannot be read: Cannot open', sayWhere],
    ["that is empty", replace(""), '"b.sqlite" cannot be read: Cannot open', sayWhere],
    [
      "in the place of which there is a folder",
      () => {
        rmSync(shared.pathOf("b.sqlite"));
        mkdirSync(shared.pathOf("b.sqlite"));
      },
      '"b.sqlite" cannot be read: Cannot open "b.sqlite": it is a folder',
      sayWhere,
    ],
    [
      "in the place of which there is a loop",
      () => {
        rmSync(shared.pathOf("b.sqlite"));
        symlinkSync("b.sqlite", shared.pathOf("b.sqlite"));
      },
      '"b.sqlite" cannot be read: Cannot look at "b.sqlite": ELOOP',
      sayWhere,
    ],
    [
      "that is newer",
      async () => {
        const sql = await shared.engine(shared.pathOf("b.sqlite"));
        await sql.close();
        const bytes = await shared.fs.readFile(shared.pathOf("b.sqlite"));
        new DataView(bytes.buffer, bytes.byteOffset).setUint32(60, 99);
        writeFileSync(shared.pathOf("b.sqlite"), bytes);
      },
      '"b.sqlite" has the schema 99, and this program knows those up to',
      "Update content-catalog.",
    ],
    [
      "in the place of which there is another one",
      async () => {
        await shared.within("c.sqlite", async () => {});
        renameSync(shared.pathOf("c.sqlite"), shared.pathOf("b.sqlite"));
      },
      'at "b.sqlite" is another one, ',
      sayWhere,
    ],
    [
      "that is older than the root has seen it",
      marker({ sequence: 1000 }),
      '"b.sqlite" is older than the root has seen it (',
      "To go on with it as it is: catalog init --adopt --catalog b.sqlite",
    ],
    [
      "that came from a backup, and went on",
      async () => {
        const before = shared.markerOf("b.sqlite").json["sequence"];
        marker({ sequence: 1000 })();
        await shared.within("b.sqlite", async () => {});
        marker({ sequence: before })();
      },
      '"b.sqlite" is older than the root has seen it (it came back with fewer than 1000 commits), as one from a backup is',
      "To go on with it as it is: catalog init --adopt --catalog b.sqlite",
    ],
    [
      "whose marker is damaged",
      () => writeFileSync(shared.markerOf("b.sqlite").path, "{"),
      "its marker is damaged",
      'Open that catalog once to write, as "catalog init" does, and it is written anew; if it is gone for good, run "catalog init --forget ID of b.sqlite".',
    ],
    [
      "whose marker is a folder",
      () => {
        const { path } = shared.markerOf("b.sqlite");
        rmSync(path);
        mkdirSync(path);
      },
      "its marker is damaged",
      'Open that catalog once to write, as "catalog init" does, and it is written anew; if it is gone for good, run "catalog init --forget ID of b.sqlite".',
    ],
  ];

  it.each(CASES)("%s", async (_what, change, text, hint) => {
    const opened = await membersOf();
    await opened.list();
    await change();
    // Whether it was open before or not, and whether the catalog is opened to write or to read.
    for (const members of [opened, await membersOf("a.sqlite", "read")]) {
      const refused = await refusal(members.list());
      expect(refused).toMatchObject({ guard: "other catalog", hint: expect.stringContaining(hint) });
      expect(refused.text).toContain(`${start} ${text}`);
      const { members: readable, unreadable } = await members.listReadable();
      expect(readable.map(({ isThis }) => isThis)).toEqual([true]);
      expect(unreadable.map(({ id }) => id)).toEqual([idOf("b.sqlite")]);
    }
  });

  it("but by its own process", async () => {
    writeFileSync(shared.pathOf("docs/.content-catalog/memory"), '{"id":"memory","sequence":0,"path":null}');
    expect(await refusal((await membersOf()).list())).toEqual({
      guard: "other catalog",
      text: 'Cannot collect "docs": a catalog that is nowhere but in memory uses it too, and nobody but its own process can ask it',
      hint: 'When no process has one any more, run "catalog init --forget memory".',
    });
  });

  it("as its marker has no id for its name", async () => {
    writeFileSync(shared.pathOf("docs/.content-catalog/note\n.txt"), "mine");
    expect(await refusal((await membersOf()).list())).toMatchObject({
      text: 'Cannot collect "docs": catalog "note\\n.txt" uses it too, and its marker is damaged',
    });
  });

  it("as no other can be opened here", async () => {
    const { openOther: _, ...context } = await shared.context("a.sqlite");
    expect(await refusal(new RootMembers(context).list())).toMatchObject({
      text: `${start} "b.sqlite" cannot be opened from here`,
    });
  });

  it("as it may not be looked at", async () => {
    const context = await shared.context("a.sqlite");
    const stat: FileSystem["stat"] = (path) =>
      path.endsWith("b.sqlite")
        ? Promise.reject(Object.assign(new Error("made"), { code: "EACCES" }))
        : context.fs.stat(path);
    const fs = new Proxy(context.fs, { get: (target, name) => (name === "stat" ? stat : Reflect.get(target, name)) });
    expect((await refusal(new RootMembers({ ...context, fs }).list())).text).toContain(
      `${start} "b.sqlite" cannot be read: Cannot look at "b.sqlite": the operating system denied access`,
    );
  });

  it("as it is from before there were leases", async () => {
    await placeFixture("cas", createNodeFileSystem(), shared.pathOf("library"));
    const catalogs = await shared.fs.readFile(shared.pathOf("library/state/catalog.sqlite"));
    expect(catalogs.byteLength).toBeGreaterThan(0);
    const old = await shared.engine(shared.pathOf("library/state/catalog.sqlite"), "inspect");
    const [[id] = []] = await old.query({ sql: "SELECT value FROM meta WHERE key = 'catalog_id'" });
    const json = { id, sequence: 0, path: shared.pathOf("library/state/catalog.sqlite") };
    writeFileSync(shared.pathOf(`docs/.content-catalog/${String(id)}`), JSON.stringify(json));
    const refused = await refusal((await membersOf()).list());
    expect(refused.text).toContain('"library/state/catalog.sqlite" has the schema 1, which has no leases');
    expect(refused.hint).toBe("Open it once with this version: catalog init --catalog library/state/catalog.sqlite");
  });

  it("as an older file was put in its place, beside the log of the newer one", async () => {
    copyFileSync(shared.pathOf("b.sqlite"), shared.pathOf("backup.sqlite"));
    await shared.within("b.sqlite", shared.ingest);
    const b = await shared.engine(shared.pathOf("b.sqlite"));
    await b.batch([{ sql: "UPDATE documents SET run_id = 'x'" }]);
    await b.sync();
    const members = new RootMembers(await shared.context("a.sqlite"));
    expect(await members.list()).toHaveLength(2);
    renameSync(shared.pathOf("backup.sqlite"), shared.pathOf("b.sqlite"));
    const refused = await refusal(members.list());
    expect(refused.text).toContain(`${start} "b.sqlite" cannot be read: `);
  });
});

describe("a catalog that is not where its marker says", () => {
  it("is found by who says where it is", async () => {
    renameSync(shared.pathOf("b.sqlite"), shared.pathOf("moved.sqlite"));
    const context = await shared.context("a.sqlite");
    const at = (id: string, name: string): RootMembers =>
      new RootMembers(context, { catalogAt: new Map([[id, shared.pathOf(name)]]) });
    expect(await paths(at(idOf("b.sqlite"), "moved.sqlite"))).toEqual(["a.sqlite", "moved.sqlite"]);
    expect(await refusal(at(idOf("b.sqlite"), "a.sqlite").list())).toMatchObject({
      guard: "other catalog",
      text: expect.stringContaining('at "a.sqlite" is another one, ID of a.sqlite'),
    });
    expect(await refusal(at(idOf("b.sqlite"), "nowhere.sqlite").list())).toMatchObject({
      text: expect.stringContaining('"nowhere.sqlite" is not there'),
    });
    expect(await refusal(at("0".repeat(32), "moved.sqlite").list())).toEqual({
      guard: "other catalog",
      text: `Cannot collect "docs": catalog "${"0".repeat(32)}" is none of those that use it`,
      hint: "Those that use it: ID of b.sqlite.",
    });
    expect(await refusal(at(idOf("a.sqlite"), "a.sqlite").list())).toMatchObject({
      text: 'Cannot collect "docs": catalog "ID of a.sqlite" is the one that collects',
    });
    rmSync(shared.markerOf("b.sqlite").path);
    expect(await refusal(at("x", "moved.sqlite").list())).toMatchObject({ hint: "Those that use it: no other." });
  });

  it("takes its marker along when it is the one that collects, and writes", async () => {
    renameSync(shared.pathOf("a.sqlite"), shared.pathOf("moved.sqlite"));
    expect(await paths(await membersOf("moved.sqlite", "read"))).toEqual(["moved.sqlite", "b.sqlite"]);
    expect(shared.markerOf("a.sqlite").id).toBe(idOf("a.sqlite"));
    expect(await paths(await membersOf("moved.sqlite"))).toEqual(["moved.sqlite", "b.sqlite"]);
    expect(shared.markerOf("moved.sqlite").id).toBe(idOf("a.sqlite"));
  });

  it("is the same one behind a symlink", async () => {
    mkdirSync(shared.pathOf("x"));
    symlinkSync(shared.folder, shared.pathOf("x/y"));
    shared.changeMarker("a.sqlite", { path: shared.pathOf("x/y/a.sqlite") });
    expect(await paths(await membersOf("a.sqlite", "read"))).toEqual(["a.sqlite", "b.sqlite"]);
  });
});

describe("a catalog that is not the one of its marker", () => {
  it.each(["write", "read"] as const)("but a copy, opened to %s", async (mode) => {
    copyFileSync(shared.pathOf("a.sqlite"), shared.pathOf("copy.sqlite"));
    expect(await refusal((await membersOf("copy.sqlite", mode)).list())).toEqual({
      guard: "copy",
      text: 'Cannot use the root "docs" with "copy.sqlite": "a.sqlite" has the same id, ID of a.sqlite',
      hint: 'Run "catalog init --new-id" on the one that is the copy.',
    });
  });

  it("but an older one, until it is adopted", async () => {
    shared.changeMarker("a.sqlite", { sequence: 1000 });
    const refused = await refusal((await membersOf("a.sqlite", "read")).list());
    expect(refused).toMatchObject({ guard: "older catalog" });
    expect(refused.text).toMatch(
      /^Cannot collect "docs": the catalog "a\.sqlite" is older than the root has seen it \(\d+ of 1000 commits\)/,
    );
    expect(refused.hint).toContain("catalog init --adopt");
    await shared.within("a.sqlite", async () => {});
    shared.changeMarker("a.sqlite", { sequence: 1 });
    expect(await refusal((await membersOf("a.sqlite", "read")).list())).toMatchObject({
      guard: "older catalog",
      text: expect.stringContaining("(it came back with fewer than 1000 commits)"),
    });
    await shared.within("a.sqlite", (catalog) => catalog.adoptRoot());
    expect(await paths(await membersOf("a.sqlite"))).toEqual(["a.sqlite", "b.sqlite"]);
  });
});

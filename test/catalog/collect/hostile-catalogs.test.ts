import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HostileRoot } from "./_hostile-root.ts";

/*
 * Catalogs that say what is not so: nothing outside of the root is touched, and nothing that was not put there by them.
 */

let root: HostileRoot;

beforeEach(async () => {
  root = new HostileRoot();
  await root.within("a.sqlite", root.ingest);
  root.write("outside/mine.txt", "mine");
});

afterEach(() => root.remove());

const uriAt = (name: string): string => `file://${root.folder}/${name}`;
const NOTHING = { changed: [], done: [] };
const LONG_AGO = "2020-01-01T00:00:00.000Z";

describe("a catalog that claims to have put bytes", () => {
  it.each([
    "outside/mine.txt",
    "docs/../outside/mine.txt",
    "docs/%2e%2e/outside/mine.txt",
    "docs/..%2foutside/mine.txt",
    "docs/r/%2E%2E/%2E%2E/outside/mine.txt",
    "docs//../outside/mine.txt",
    "docs/up/mine.txt",
    "docs/mine-link.txt",
    "docs/.git/config",
    "docs/.trash/mine.txt",
    "docs/.trash/kept-x/mine.txt",
    "docs/.quarantine/0/mine.txt",
    "docs/.content-catalog/note",
    "docs/r/.cache/mine.txt",
  ])("at %s has none of it, by hash or by file", async (name) => {
    for (const each of ["docs/.git/config", "docs/.trash/mine.txt", "docs/.trash/kept-x/mine.txt"])
      root.write(each, "mine");
    for (const each of ["docs/.quarantine/0/mine.txt", "docs/r/.cache/mine.txt"]) root.write(each, "mine");
    if (name.includes(".content-catalog")) writeFileSync(root.pathOf("mine"), "mine");
    symlinkSync(root.pathOf("outside"), root.pathOf("docs/up"));
    symlinkSync(root.pathOf("outside/mine.txt"), root.pathOf("docs/mine-link.txt"));
    await root.claim(uriAt(name), "mine");
    await root.claimFile(uriAt(name), "outside/mine.txt");
    await root.tamper({
      sql: "INSERT INTO orphans (uri, bytes, modified_us, since) VALUES (?, 4, ?, ?)",
      parameters: [uriAt(name), 1_600_000_000_000_000, LONG_AGO],
    });
    expect(await root.collect()).toMatchObject(NOTHING);
  });

  it("which somebody else has written since, at their name, has none of it", async () => {
    root.write("docs/r/mine.txt", "others");
    await root.claim(uriAt("docs/r/mine.txt"), "mine");
    const { changed, done, findings } = await root.collect();
    expect([changed, done]).toEqual([[], []]);
    expect(findings.map(({ kind }) => kind)).toEqual(["not_ours"]);
  });

  it("that a row means in another way has none of it", async () => {
    root.write("docs/r/a b.txt", "mine");
    for (const uri of ["docs/r/a b.txt", "docs/r/%61%20b.txt", "docs/x/../r/a%20b.txt", "docs//r/./a%20b.txt"]) {
      await root.claim(uriAt("docs/r/a%20b.txt"), "mine").catch(() => undefined);
      await root.tamper({ sql: "UPDATE documents SET storage_uri = ? WHERE id = 1", parameters: [uriAt(uri)] });
      const { changed } = await root.collect();
      expect(changed.filter((each) => each.includes("a b"))).toEqual([]);
    }
    for (const start of ["FILE://", "file://localhost", "file:"]) {
      const uri = `${start}${root.folder}/docs/r/a%20b.txt`;
      await root.tamper({ sql: "UPDATE documents SET storage_uri = ? WHERE id = 1", parameters: [uri] });
      expect((await root.collect()).changed.filter((each) => each.includes("a b"))).toEqual([]);
    }
  });
});

describe("a catalog that says what is in the trash", () => {
  const RUN = `${"0".repeat(32)}.1.1.-.-`;
  const SLASHED = `${"0".repeat(32)}.1.1/x.-.-`;

  it.each([
    [RUN, "outside/mine.txt"],
    [RUN, "docs/../outside/mine.txt"],
    ["../../outside", "docs/mine.txt"],
    ["..", "docs/mine.txt"],
    ["", "docs/mine.txt"],
    ["x/../../../outside", "docs/mine.txt"],
    [SLASHED, "docs/mine.txt"],
    ["mine", "docs/notes.txt"],
  ])("by the run %j, as %s, has nothing deleted that no run took", async (run, name) => {
    root.write("docs/mine.txt", "mine");
    root.write("docs/.trash/mine/notes.txt");
    root.write("docs/.trash/kept-mine/notes.txt");
    root.write(`docs/.trash/${RUN}/elsewhere.txt`);
    await root.tamper({
      sql: `INSERT INTO trash (run, uri, kind, bytes, trashed_at, expires_at) VALUES (?, ?, 'trash', 4, ?, ?)`,
      parameters: [run, uriAt(name), LONG_AGO, LONG_AGO],
    });
    const { changed } = await root.collect();
    expect(changed.filter((each) => !each.includes("elsewhere") && !each.includes(RUN))).toEqual([]);
  });

  it("behind a symlink has nothing deleted there", async () => {
    mkdirSync(root.pathOf("docs/.trash"), { recursive: true });
    symlinkSync(root.pathOf("outside"), root.pathOf(`docs/.trash/kept-${RUN}`));
    await root.tamper({
      sql: `INSERT INTO trash (run, uri, kind, bytes, trashed_at, expires_at) VALUES (?, ?, 'trash', 4, ?, ?)`,
      parameters: [RUN, uriAt("docs/mine.txt"), LONG_AGO, LONG_AGO],
    });
    const before = root.look();
    const message = expect.stringContaining("a symlink is in the way");
    await expect(root.collect()).rejects.toMatchObject({ code: "REFUSED", message });
    expect(root.look()).toEqual(before);
  });
});

describe("another catalog of the root", () => {
  beforeEach(async () => {
    await root.within("b.sqlite", root.ingest);
    root.write("docs/r/mine.txt", "mine");
    await root.claim(uriAt("docs/r/mine.txt"), "mine");
    const b = await root.engine(root.pathOf("b.sqlite"));
    await b.batch([{ sql: "UPDATE documents SET storage_uri = ?", parameters: ["file:///mnt/other/r/mine.txt"] }]);
    await b.close();
  });

  const taken = async (): Promise<boolean> => (await root.collect()).changed.includes("docs/r/mine.txt");

  it("keeps what it names by the root as it calls that", async () => {
    root.changeMarker("b.sqlite", { root: "/mnt/other" });
    expect(await taken()).toBe(false);
    root.changeMarker("b.sqlite", { root: "/mnt/others" });
    expect(await taken()).toBe(true);
  });

  it.each<[string, () => void]>([
    ["is gone", () => rmSync(root.pathOf("b.sqlite"))],
    ["is replaced by a copy of this one", () => copyFileSync(root.pathOf("a.sqlite"), root.pathOf("b.sqlite"))],
    ["is replaced by garbage", () => writeFileSync(root.pathOf("b.sqlite"), "x".repeat(9999))],
    ["is moved", () => renameSync(root.pathOf("b.sqlite"), root.pathOf("moved.sqlite"))],
    ["leaves a marker that is damaged", () => writeFileSync(root.markerOf("b.sqlite").path, "{}")],
  ])("that %s between plan and apply stops everything", async (_what, meanwhile) => {
    const before = root.look();
    await expect(root.collect({ meanwhile })).rejects.toMatchObject({
      code: "REFUSED",
      details: { guard: "other catalog" },
    });
    expect(root.look()).toEqual(before);
  });
});

describe("names of layout cas", () => {
  it("are ours, and only as they are written", async () => {
    const sha256 = createHash("sha256").update("x").digest("hex");
    const [start, rest] = [sha256.slice(0, 2), sha256.slice(2)];
    for (const name of [
      `cas/${start}/${rest}`,
      `cas/sha256/${start}/${rest}.txt`,
      `cas/sha256/${start}/${rest}0`,
      `cas/sha256/${start}/${rest.slice(1)}`,
      `cas/sha256/x/${start}/${rest}`,
      `cas/sha256/${start.toUpperCase()}/${rest.toUpperCase()}`,
      `CAS/sha256/${start}/${rest}`,
      `x/cas/sha256/${start}/${rest}`,
      `cas/.hidden/${start}/${rest}`,
    ]) {
      root.write(`docs/${name}`, "x");
    }
    expect(await root.collect()).toMatchObject(NOTHING);
  });
});

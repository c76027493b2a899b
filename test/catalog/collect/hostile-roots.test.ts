import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeWith, outputOf } from "../../components.ts";
import { HostileRoot } from "./_hostile-root.ts";

/*
 * Roots in which things are not what they seem: nothing outside, nothing behind a symlink and nothing of others is touched.
 */

let root: HostileRoot;

beforeEach(async () => {
  root = new HostileRoot();
  await root.within("a.sqlite", root.ingest);
});

afterEach(() => root.remove());

/** The name of a blob of layout `cas` below the root. */
function casNameOf(content: string): string {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return `cas/sha256/${sha256.slice(0, 2)}/${sha256.slice(2)}`;
}

const link = (target: string, name: string): void => symlinkSync(root.pathOf(target), root.pathOf(name));

describe("a collection that nothing makes wait", () => {
  it("takes what is ours, so that the others say something", async () => {
    root.write("docs/r/mine.txt", "mine");
    await root.claim(`file://${root.root}/r/mine.txt`, "mine");
    const cas = casNameOf("blob");
    root.write(`docs/${cas}`, "blob");
    const { changed, done, findings } = await root.collect();
    expect(changed).toEqual(expect.arrayContaining(["docs/r/mine.txt", `docs/${cas}`]));
    expect([done.length, findings]).toEqual([2, []]);
  });

  it("leaves files of others alone", async () => {
    root.write("docs/notes.txt");
    root.write("docs/r/report.pdf");
    root.write("docs/.hidden");
    root.write("docs/.git/config");
    root.write("docs/.trash/mine/notes.txt");
    root.write("docs/.trash/kept-mine/notes.txt");
    root.write("docs/.quarantine/0/evidence.json");
    root.write("docs/r/.cache/x.txt");
    root.write("docs/cas/sha256/readme.txt");
    root.write("docs/cas/sha256/ab/short");
    root.write(`docs/${casNameOf("x").toUpperCase()}`);
    expect(await root.collect()).toEqual({ changed: [], done: [], findings: [] });
  });

  it("leaves files of catalogs and dot folders alone, also when unknown files are to go; those go into the trash", async () => {
    root.write("docs/notes.txt");
    root.write("docs/.hidden");
    root.write("docs/.git/config");
    root.write("docs/r/.cache/x.txt");
    root.write("docs/catalog.config.yaml");
    await root.within("b.sqlite", root.ingest);
    for (const name of ["b.sqlite"]) renameSync(root.pathOf(name), root.pathOf(`docs/${name}`));
    root.changeMarker("b.sqlite", { path: root.pathOf("docs/b.sqlite") });
    root.write("docs/b.sqlite.reserve");
    root.write("docs/b.sqlite.kept-3");
    const { changed, done } = await root.collect({ unknown: true });
    const taken = changed.filter((name) => !name.startsWith("docs/.trash/"));
    expect(taken).toEqual(["docs/.hidden", "docs/notes.txt"]);
    expect(changed.some((name) => /^docs\/\.trash\/kept-[^/]+\/notes\.txt$/.test(name))).toBe(true);
    expect(done.map(({ action }) => action)).toEqual(["trash", "trash"]);
  });

  it("does not follow symlinks, whatever is behind them", async () => {
    const cas = casNameOf("blob");
    root.write(`outside/${cas.slice("cas/".length)}`, "blob");
    root.write("outside/mine.txt", "mine");
    link("outside", "docs/cas");
    link("outside", "docs/folder");
    link("outside/mine.txt", "docs/file.txt");
    link("nowhere", "docs/nowhere.txt");
    for (const name of ["folder/mine.txt", "file.txt", "nowhere.txt"]) {
      await root.claim(`file://${root.root}/${name}`, "mine");
    }
    for (const unknown of [false, true])
      expect(await root.collect({ unknown })).toMatchObject({ changed: [], done: [] });
  });

  it("finds out that a row means a file by a way through a symlink", async () => {
    root.write("docs/r/real/a.txt", "mine");
    link("docs/r/real", "docs/way");
    symlinkSync(root.folder, root.pathOf("up"));
    for (const [n, uri] of [`file://${root.root}/way/a.txt`, `file://${root.folder}/up/docs/r/real/a.txt`].entries()) {
      await root.claim(`file://${root.root}/r/real/a.txt`, "mine").catch(() => undefined);
      await root.tamper({ sql: "UPDATE documents SET storage_uri = ? WHERE id = 1", parameters: [uri] });
      const { changed } = await root.collect();
      expect(changed.filter((name) => name.includes("real"))).toEqual([]);
      expect(n).toBeLessThan(2);
    }
  });

  it("takes no folder for a blob", async () => {
    const cas = casNameOf("blob");
    root.write(`docs/${cas}/inside.txt`);
    mkdirSync(root.pathOf("docs/r/mine.txt/deep"), { recursive: true });
    root.write("docs/r/mine.txt/deep/x");
    await root.claim(`file://${root.root}/r/mine.txt`, "mine");
    expect(await root.collect()).toMatchObject({ changed: [], done: [] });
  });

  it("leaves names alone that are no text", async () => {
    const name = Buffer.concat([Buffer.from(`${root.root}/r/`), Buffer.from([0x66, 0xff, 0x2e, 0x74])]);
    writeFileSync(name, "mine");
    const twin = `file://${root.root}/r/f%EF%BF%BD.t`;
    await root.claim(twin, "mine");
    for (const unknown of [false, true])
      expect(await root.collect({ unknown })).toMatchObject({ changed: [], done: [] });
  });

  it("goes through a folder with very many names", async () => {
    const COUNT = 20_000;
    mkdirSync(root.pathOf("docs/many"));
    for (let n = 0; n < COUNT; n++) writeFileSync(root.pathOf(`docs/many/${n}`), "");
    const { changed, done } = await root.collect();
    expect([changed, done]).toEqual([[], []]);
  });
});

describeWith("mkfifo", "a collection beside a pipe", (mkfifo) => {
  it("neither opens nor takes it", async () => {
    const cas = casNameOf("blob");
    mkdirSync(join(root.root, cas, ".."), { recursive: true });
    outputOf(mkfifo, [root.pathOf(`docs/${cas}`)]);
    outputOf(mkfifo, [root.pathOf("docs/r/mine.txt")]);
    await root.claim(`file://${root.root}/r/mine.txt`, "mine");
    for (const unknown of [false, true])
      expect(await root.collect({ unknown })).toMatchObject({ changed: [], done: [] });
  });
});

describe("what is swapped between plan and apply", () => {
  const MINE = "docs/r/deep/mine.txt";

  beforeEach(async () => {
    root.write(MINE, "mine");
    root.write("outside/mine.txt", "mine");
    await root.claim(`file://${root.root}/r/deep/mine.txt`, "mine");
  });

  it.each<[string, () => void, string]>([
    [
      "a file for a symlink to one that is just so",
      () => {
        rmSync(root.pathOf(MINE));
        link("outside/mine.txt", MINE);
      },
      "failed",
    ],
    [
      "its folder for a symlink",
      () => {
        rmSync(root.pathOf("docs/r/deep"), { recursive: true });
        link("outside", "docs/r/deep");
      },
      "failed",
    ],
    [
      "its folder for a symlink to where it is now",
      () => {
        renameSync(root.pathOf("docs/r/deep"), root.pathOf("outside/deep"));
        link("outside/deep", "docs/r/deep");
      },
      "failed",
    ],
    [
      "a file for another one of that size and time",
      () => {
        const path = root.pathOf(MINE);
        renameSync(path, `${path}.old`);
        writeFileSync(path, "fine");
        utimesSync(path, 1_600_000_000, 1_600_000_000);
      },
      "changed",
    ],
    ["a file for one with other bytes", () => void root.write(MINE, "other"), "changed"],
    ["its bytes for others of that size", () => writeFileSync(root.pathOf(MINE), "fine"), "changed"],
    [
      "its bytes for others, with the time as it was",
      () => {
        writeFileSync(root.pathOf(MINE), "fine");
        utimesSync(root.pathOf(MINE), 1_600_000_000, 1_600_000_000);
      },
      "not_ours",
    ],
    [
      "a file for a folder",
      () => {
        rmSync(root.pathOf(MINE));
        root.write(`${MINE}/x`);
      },
      "failed",
    ],
    ["a file for nothing", () => rmSync(root.pathOf(MINE)), "gone"],
  ])("%s is left alone", async (_what, meanwhile, kind) => {
    const { changed, done, findings } = await root.collect({ meanwhile });
    expect(changed).toEqual([]);
    expect(done).toEqual([]);
    expect(findings.map((finding) => finding.kind)).toEqual([kind]);
  });

  it("the folder of the trash for a symlink takes nothing out", async () => {
    const swap = (): void => {
      rmSync(root.pathOf("docs/.trash"), { recursive: true, force: true });
      link("outside", "docs/.trash");
    };
    const before = root.look();
    await root.collect({ meanwhile: swap }).catch(() => undefined);
    const after = root.look();
    for (const name of [MINE, "outside/mine.txt"]) expect(after.get(name)).toBe(before.get(name));
    const outside = [...after.keys()].filter((name) => name.startsWith("outside/"));
    expect(outside).toEqual(["outside/", "outside/mine.txt"]);
  });
});

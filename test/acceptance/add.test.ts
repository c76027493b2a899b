import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeWith, outputOf } from "../components.ts";
import { lookInto } from "../corpus/catalog-rows.ts";
import { ROOT } from "../package/built-package.ts";
import { chooseForTest, isWhole, roundsOf, SEED, sampleOf } from "../sampling.ts";
import { jsonLines } from "./verdict.ts";
import { makeWorkplace, namesIn, type Workplace } from "./workplace.ts";

/** How many files of a real system there are, which ones the seed says; and enough for being stopped in the middle. */
const [FEW_FILES, MAX_FILES] = [isWhole("KILL_ROUNDS") ? 150 : 60, 150];
const MAX_BYTES = 64 * 1024;
/** A part of them for each test. */
const KILLS = roundsOf("KILL_ROUNDS", 50);

let place: Workplace;

beforeEach(() => {
  place = makeWorkplace();
  makeTree(join(place.path, "tree"), FEW_FILES);
});

afterEach(() => place.remove());

/** The regular files below a folder, in order; symlinks and special files are left out. */
function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Some files that a real system has lying around, with where they are below a folder. */
const FOUND: readonly (readonly [path: string, name: string])[] = findFiles();

function findFiles(): readonly (readonly [path: string, name: string])[] {
  for (const folder of ["/usr/share/doc", join(ROOT, "node_modules")]) {
    const files = filesBelow(folder).filter((path) => lstatSync(path).size <= MAX_BYTES);
    const step = Math.floor(files.length / MAX_FILES);
    const chosen = files.filter((_, index) => index % step === SEED % step).slice(0, MAX_FILES);
    if (step > 0) return chosen.map((path) => [path, relative(folder, path)]);
  }
  return [];
}

/** A tree of such files, and what must not be missing: twins, links, odd modes. */
function makeTree(tree: string, count: number): void {
  for (const [file, name] of FOUND.slice(0, count)) {
    const copy = join(tree, name);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
    utimesSync(copy, 1_500_000_000, 1_600_000_000.5);
  }
  for (const name of ["twin-1", "twin-2", ".hidden/twin-3"]) {
    mkdirSync(dirname(join(tree, name)), { recursive: true });
    writeFileSync(join(tree, name), "the same in three places");
  }
  for (const name of ["empty-1", "empty-2"]) writeFileSync(join(tree, name), "");
  chmodSync(join(tree, "twin-1"), 0o640);
  symlinkSync("twin-1", join(tree, "link"));
  symlinkSync(".", join(tree, "round"));
}

function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Everything about the files of a tree that adding it must not change. */
function stateOf(tree: string): readonly unknown[] {
  return filesBelow(tree).map((path) => {
    const { mode, mtimeMs, size, ino, nlink } = lstatSync(path);
    return [path, mode, mtimeMs, size, ino, nlink, hashOf(path)];
  });
}

/** How many files have each content, by hash. */
function contentsOf(paths: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(hashOf(path), (counts.get(hashOf(path)) ?? 0) + 1);
  return counts;
}

/** The stored blobs: no folders of the store's own. */
function blobs(root: string): readonly string[] {
  return filesBelow(root).filter((path) => !relative(root, path).startsWith("."));
}

/** What the catalog says, without times. */
function rowsOf(path: string): Promise<readonly (readonly unknown[])[]> {
  return lookInto(path, ({ query }) => {
    expect(query("PRAGMA integrity_check")).toEqual([["ok"]]);
    return query(
      "SELECT id, artifact_id, source_url, resolver, content_type, bytes, sha256, storage_uri FROM documents ORDER BY id",
    );
  });
}

/** Every row has its bytes, whole, and every leftover is one that a later run recognises. */
function expectConsistent(rows: readonly (readonly unknown[])[], root: string): void {
  for (const row of rows) expect(hashOf(fileURLToPath(String(row[7]))), String(row[1])).toBe(row[6]);
  for (const name of namesIn(join(root, ".staging"))) expect(name).toMatch(/^[0-9a-f]{32}\.\d+\./);
  expect(namesIn(join(root, ".quarantine"))).toEqual([]);
}

/** Starts a command, and kills it after so many milliseconds; gives whether it was still at work. */
async function isKilled(words: readonly string[], delayMs: number): Promise<boolean> {
  const kill = (process: { kill(signal: NodeJS.Signals): void }): void => {
    setTimeout(() => process.kill("SIGKILL"), delayMs);
  };
  return (await place.run(words, { onStart: kill })).signal === "SIGKILL";
}

const CAS = ["--set", "storage.layout=cas", "--root", "cas-root"];

describe("add -r of a real tree", () => {
  async function addTree(words: readonly string[]): Promise<Record<string, unknown> | undefined> {
    const before = stateOf(join(place.path, "tree"));
    const added = await place.run(["add", "-r", "tree", "--json", ...words]);
    expect(added).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining("error") });
    expect(stateOf(join(place.path, "tree"))).toEqual(before);
    return jsonLines(added.stdout).at(-1);
  }

  /** The groups of the report, as grouping the hashes of the files finds them. */
  async function expectReport(files: readonly string[]): Promise<void> {
    const { stdout } = await place.run(["dedup-report", "--json"]);
    const groups = jsonLines(stdout).filter(({ type }) => type === "group");
    const found = groups.map(({ sha256, documents }) => [sha256, documents]).sort();
    const expected = [...contentsOf(files)].filter(([, count]) => count > 1).sort();
    expect(found).toEqual(expected);
    expect(expected.length).toBeGreaterThan(1);
  }

  it("stores each content once under cas, and reports what hashing finds", async () => {
    const files = filesBelow(join(place.path, "tree"));
    const contents = contentsOf(files);
    const summary = await addTree(CAS);
    expect(summary).toMatchObject({
      files: files.length,
      documents: files.length,
      stored: contents.size,
      deduplicated: files.length - contents.size,
      symlinks: 2,
      special: 0,
      failed: 0,
    });
    await expectReport(files);
    const stored = blobs(join(place.path, "cas-root"));
    expect(new Set(stored.map(hashOf))).toEqual(new Set(contents.keys()));
    expect(new Set(stored.map((path) => lstatSync(path).ino)).size).toBe(contents.size);
    // Nobody may write to them, and nobody read them who could not read where they come from.
    const modes = new Set(files.map((path) => lstatSync(path).mode & 0o444));
    expect(stored.every((path) => modes.has(lstatSync(path).mode & 0o777))).toBe(true);
    expectConsistent(await rowsOf(place.catalogPath), join(place.path, "cas-root"));
    expect(await addTree(CAS)).toMatchObject({ found: files.length, documents: 0, stored: 0 });
  });

  it("keeps names for people under policy_path, and links what is the same", async () => {
    const files = filesBelow(join(place.path, "tree"));
    const full = files.filter((path) => lstatSync(path).size > 0);
    const summary = await addTree(["--root", "named"]);
    const distinct = contentsOf(full).size;
    expect(summary).toMatchObject({ documents: files.length, linked: full.length - distinct });
    await expectReport(files);
    const stored = blobs(join(place.path, "named")).filter((path) => lstatSync(path).size > 0);
    expect(stored).toHaveLength(full.length);
    expect(new Set(stored.map((path) => lstatSync(path).ino)).size).toBe(distinct);
    expectConsistent(await rowsOf(place.catalogPath), join(place.path, "named"));
  });
});

describeWith("mkfifo", "add -r of a tree with a pipe", (mkfifo) => {
  it("passes it over and counts it, whatever becomes of the files", async () => {
    outputOf(mkfifo, [join(place.path, "tree", "pipe")]);
    const files = filesBelow(join(place.path, "tree"));
    for (const into of ["copy", "hardlink", "move"]) {
      const words = ["--set", "storage.layout=cas", "--catalog", `${into}.sqlite`, "--root", into];
      const { exitCode, stdout } = await place.run(["add", "-r", "tree", "--json", "--into", into, ...words]);
      expect(exitCode).toBe(0);
      expect(jsonLines(stdout).at(-1)).toMatchObject({ documents: files.length, symlinks: 2, special: 1, failed: 0 });
    }
    expect(namesIn(join(place.path, "tree"))).toContain("pipe");
  });
});

describe("adding at once and in spite of everything", () => {
  it("stores each content once from four processes, with every row", async () => {
    const tree = join(place.path, "tree");
    const tops = namesIn(tree).filter((name) => lstatSync(join(tree, name)).isDirectory());
    // Each process has the whole tree or an overlapping part of it.
    const parts = [["tree"], [`tree/${tops[0]}`, "tree"], tops.slice(0, 5).map((name) => `tree/${name}`), ["tree"]];
    const wait = ["--set", "catalog.busy_timeout=120000", "--quiet"];
    const ended = await Promise.all(parts.map((part) => place.run(["add", "-r", ...part, ...CAS, ...wait])));
    for (const each of ended) expect(each).toMatchObject({ exitCode: 0, stderr: "" });
    const files = filesBelow(tree);
    const stored = blobs(join(place.path, "cas-root"));
    expect(stored).toHaveLength(contentsOf(files).size);
    const rows = await rowsOf(place.catalogPath);
    // Whichever process came first named it; nobody made a second row.
    expect(rows).toHaveLength(files.length);
    expectConsistent(rows, join(place.path, "cas-root"));
  });

  const ways = sampleOf(["copy", "hardlink"], { variable: "KILL_ROUNDS", few: 1, of: "adding that is killed" });
  it.each(ways)("ends the same when it is killed and run again, by %s", async (into) => {
    const words = ["add", "-r", "tree", "--into", into, "--quiet", "--set", "storage.layout=cas"];
    const catalog = (name: string): string[] => [...words, "--catalog", `${name}.sqlite`, "--root", name];
    const startedMs = performance.now();
    expect(await place.run(catalog("undisturbed"))).toMatchObject({ exitCode: 0 });
    const usualMs = performance.now() - startedMs;
    const withoutRoot = async (name: string): Promise<unknown> => {
      const rows = await rowsOf(join(place.path, `${name}.sqlite`));
      expectConsistent(rows, join(place.path, name));
      return rows.map((row) => row.map((value) => String(value).replace(`/${name}/`, "/ROOT/")));
    };
    const filesOf = (name: string): unknown =>
      blobs(join(place.path, name)).map((path) => [relative(join(place.path, name), path), hashOf(path)]);
    const expected = [await withoutRoot("undisturbed"), filesOf("undisturbed")];
    for (let round = 0; round < KILLS / 50; round++) {
      const name = `killed-${round}`;
      for (let left = 1 + chooseForTest(2); left > 0; left--) {
        let delayMs = (chooseForTest(1000) / 1000) * usualMs;
        // It may have come to its end before, and does so sooner when there is nothing left to do.
        while (!(await isKilled(catalog(name), delayMs))) delayMs /= 2;
      }
      expect(await place.run(catalog(name))).toMatchObject({ exitCode: 0 });
      expect([await withoutRoot(name), filesOf(name)]).toEqual(expected);
    }
  });

  it("drops no moved file whose row is not there, wherever it is killed", async () => {
    const before = filesBelow(join(place.path, "tree")).map((path) => [relative(place.path, path), hashOf(path)]);
    const words = ["add", "-r", "tree", "--into", "move", "--quiet", ...CAS];
    for (let round = 0; round < KILLS / 25; round++) {
      await isKilled(words, 100 + chooseForTest(600));
      // What it acknowledged may stand in the log.
      if (existsSync(place.catalogPath)) await place.checkpoint();
      const rows = existsSync(place.catalogPath) ? await rowsOf(place.catalogPath) : [];
      const registered = new Map(rows.map((row) => [row[1], row[6]]));
      for (const [name, hash] of before) {
        if (!existsSync(join(place.path, name ?? ""))) expect(registered.get(`file:${name}`)).toBe(hash);
      }
    }
    expect(await place.run(words)).toMatchObject({ exitCode: 0 });
    expect(filesBelow(join(place.path, "tree"))).toEqual([]);
    const rows = await rowsOf(place.catalogPath);
    expect(rows.map((row) => [row[1], row[6]]).sort()).toEqual(
      before.map(([name, hash]) => [`file:${name}`, hash]).sort(),
    );
    expectConsistent(rows, join(place.path, "cas-root"));
  });

  it("stops cleanly when it is interrupted", async () => {
    rmSync(join(place.path, "tree"), { recursive: true });
    makeTree(join(place.path, "tree"), MAX_FILES);
    const onStart = (process: { kill(signal: NodeJS.Signals): void }): void => {
      const stopWhenBusy = setInterval(() => {
        if (blobs(join(place.path, "cas-root")).length < 20) return;
        clearInterval(stopWhenBusy);
        process.kill("SIGINT");
      }, 5);
    };
    const ended = await place.run(["add", "-r", "tree", "--jobs", "1", ...CAS], { onStart });
    expect(ended).toMatchObject({ exitCode: 130, signal: null, stdout: "" });
    const rows = await rowsOf(place.catalogPath);
    expect(rows.length).toBeGreaterThan(0);
    expectConsistent(rows, join(place.path, "cas-root"));
    expect(namesIn(join(place.path, "cas-root/.staging"))).toEqual([]);
    expect(await place.run(["add", "-r", "tree", ...CAS])).toMatchObject({ exitCode: 0 });
    expect(await rowsOf(place.catalogPath)).toHaveLength(filesBelow(join(place.path, "tree")).length);
  });
});

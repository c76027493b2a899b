import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtFile } from "../package/built-package.ts";
import { chooseForTest, isWhole, roundsOf } from "../sampling.ts";
import { SHORT_LIVED } from "../short-lived.ts";
import { type CatalogContent, readContent } from "./catalog-rows.ts";
import { makeCorpus } from "./make-corpus.mjs";

/** What an import of a corpus ends with: some lines are damaged on purpose. */
const PARTLY_DONE = 3;

const ROUNDS = Math.ceil(roundsOf("KILL_ROUNDS", 25) / 25);
const INTO_ROUNDS = Math.ceil(roundsOf("KILL_ROUNDS", 25) / 50);
/** How many downloads one imports, and how many one stores. */
const [RECORDS, RECORDS_INTO] = isWhole("KILL_ROUNDS") ? [4000, 600] : [600, 150];

/** Where an import takes place. */
interface ImportPlace {
  readonly catalog: string;
  readonly root: string;
  /** The folder of the manifest. */
  readonly corpus: string;
  /** Whether files are stored in the root, and not registered where they lie. */
  readonly into?: "copy" | "move";
}

let folder = "";
let original = "";
let smaller = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "content-catalog-kill-"));
  original = join(folder, "corpus");
  await makeCorpus({ directory: original, records: RECORDS, seed: 7, meanKib: 2 });
  smaller = join(folder, "smaller");
  await makeCorpus({ directory: smaller, records: RECORDS_INTO, seed: 8, meanKib: 2 });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A catalog of its own for the corpus as it lies. */
function placeBeside(name: string): ImportPlace {
  return { catalog: join(folder, `${name}.sqlite`), root: original, corpus: original };
}

/** A catalog of its own with a root of its own; the corpus is its own, too, where files will be missing from it. */
function placeWith(into: "copy" | "move", name: string): ImportPlace {
  const own = join(folder, `${into}-${name}`);
  mkdirSync(own);
  const corpus = into === "move" ? join(own, "corpus") : smaller;
  if (into === "move") cpSync(smaller, corpus, { recursive: true, preserveTimestamps: true });
  return { catalog: join(own, "catalog.sqlite"), root: join(own, "root"), corpus, into };
}

function startImport({ catalog, root, corpus, into }: ImportPlace): ChildProcess {
  const how = into === undefined ? ["--hash", "all"] : ["--into", into, "--set", "storage.layout=cas"];
  const manifest = join(corpus, "manifest.jsonl");
  const args = ["import-manifest", manifest, ...how, "--quiet", "--catalog", catalog, "--root", root];
  const words = [...SHORT_LIVED, builtFile("bin.mjs"), ...args];
  return spawn(process.execPath, words, { stdio: ["ignore", "ignore", "pipe"] });
}

/** Runs an import to its end and gives its exit code. */
async function runImport(place: ImportPlace): Promise<number | null> {
  const [exitCode] = await once(startImport(place), "exit");
  return exitCode;
}

/** Kills an import up to three times, each time after a part of so many milliseconds. */
async function killImports(place: ImportPlace, usualMs: number): Promise<void> {
  for (let left = 1 + chooseForTest(3); left > 0; left--) {
    let delayMs = (chooseForTest(1000) / 1000) * usualMs;
    // It may have come to its end before, and does so sooner when there is nothing left to do.
    while (!(await killImport(place, delayMs))) delayMs /= 2;
  }
}

/** Kills an import after some milliseconds; gives whether it was still at work. */
async function killImport(place: ImportPlace, delayMs: number): Promise<boolean> {
  const child = startImport(place);
  const exited = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), delayMs);
  const [, signal] = await exited;
  clearTimeout(timer);
  return signal === "SIGKILL";
}

/** The rows of an unfinished catalog that the finished one does not have. */
async function rowsBeside(expected: CatalogContent, path: string): Promise<readonly string[]> {
  const known = new Set(expected.flat().map((row) => JSON.stringify(row)));
  const found = (await readContent(path)).flat().map((row) => JSON.stringify(row));
  return found.filter((row) => !known.has(row));
}

/** Every file below a folder with its size, those of the catalog itself left out. */
function filesBelow(path: string): readonly string[] {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => ![".content-catalog", ".trash"].some((own) => file.startsWith(join(path, own))))
    .map((file) => `${relative(path, file)} ${statSync(file).size}`)
    .sort();
}

/** What a catalog says, with its root left out of it. */
async function contentBelow(place: ImportPlace): Promise<string> {
  return JSON.stringify(await readContent(place.catalog)).replaceAll(place.root, "");
}

describe("an import that is killed", () => {
  it("ends in the same catalog when it is run again", { timeout: 300_000 }, async () => {
    const undisturbed = placeBeside("undisturbed");
    const startedMs = performance.now();
    expect(await runImport(undisturbed)).toBe(PARTLY_DONE);
    const usualMs = performance.now() - startedMs;
    const expected = await readContent(undisturbed.catalog);
    expect(expected[0]?.length).toBeGreaterThan((RECORDS * 3) / 4);

    for (let round = 0; round < ROUNDS; round++) {
      const place = placeBeside(`killed-${round}`);
      await killImports(place, usualMs);
      if (existsSync(place.catalog)) expect(await rowsBeside(expected, place.catalog)).toEqual([]);
      expect(await runImport(place)).toBe(PARTLY_DONE);
      expect(await readContent(place.catalog)).toEqual(expected);
    }
  });
});

describe("an import into the root that is killed", () => {
  it.each(["copy", "move"] as const)(
    "ends in the same catalog and the same files when it is run again, with %s",
    { timeout: 300_000 },
    async (into) => {
      const undisturbed = placeWith(into, "whole");
      const startedMs = performance.now();
      expect(await runImport(undisturbed)).toBe(PARTLY_DONE);
      const usualMs = performance.now() - startedMs;
      const expected = await contentBelow(undisturbed);
      for (let round = 0; round < INTO_ROUNDS; round++) {
        const place = placeWith(into, String(round));
        await killImports(place, usualMs);
        expect(await runImport(place)).toBe(PARTLY_DONE);
        expect(await contentBelow(place)).toEqual(expected);
        const [found, wanted] = [filesBelow(place.root), filesBelow(undisturbed.root)];
        // What the killed ones were at work on stays staged for a collector.
        expect(found.filter((file) => !file.startsWith(".staging/"))).toEqual(wanted);
        expect(filesBelow(place.corpus).length).toBe(filesBelow(undisturbed.corpus).length);
      }
    },
  );
});

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtFile } from "../package/built-package.ts";
import { type CatalogContent, readContent } from "./catalog-rows.ts";
import { createRandom } from "./corpus-shapes.mjs";
import { makeCorpus } from "./make-corpus.mjs";

/** What an import of a corpus ends with: some lines are damaged on purpose. */
const PARTLY_DONE = 3;

const ROUNDS = 8;

let folder = "";
let corpus = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "content-catalog-kill-"));
  corpus = join(folder, "corpus");
  await makeCorpus({ directory: corpus, records: 4000, seed: 7, meanKib: 2 });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function startImport(path: string): ChildProcess {
  const manifest = join(corpus, "manifest.jsonl");
  const args = ["import-manifest", manifest, "--hash", "all", "--quiet", "--catalog", path, "--root", corpus];
  return spawn(process.execPath, [builtFile("bin.mjs"), ...args], { stdio: ["ignore", "ignore", "pipe"] });
}

/** Runs an import to its end and gives its exit code. */
async function runImport(path: string): Promise<number | null> {
  const [exitCode] = await once(startImport(path), "exit");
  return exitCode;
}

/** Kills an import after some milliseconds; gives whether it was still at work. */
async function killImport(path: string, delayMs: number): Promise<boolean> {
  const child = startImport(path);
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

describe("an import that is killed", () => {
  it("ends in the same catalog when it is run again", { timeout: 300_000 }, async () => {
    const undisturbed = join(folder, "undisturbed.sqlite");
    const startedMs = performance.now();
    expect(await runImport(undisturbed)).toBe(PARTLY_DONE);
    const usualMs = performance.now() - startedMs;
    const expected = await readContent(undisturbed);
    expect(expected[0]?.length).toBeGreaterThan(3000);

    const random = createRandom(20251101);
    let killed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const path = join(folder, `killed-${round}.sqlite`);
      // One catalog is hit up to three times before an import may end in peace.
      for (let hit = 0; hit <= round % 3; hit++) if (await killImport(path, random() * usualMs)) killed++;
      if (existsSync(path)) expect(await rowsBeside(expected, path)).toEqual([]);
      expect(await runImport(path)).toBe(PARTLY_DONE);
      expect(await readContent(path)).toEqual(expected);
    }
    expect(killed).toBeGreaterThan(0);
  });
});

import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRandomChooser } from "../../src/testing/simulation/chooser.ts";
import { APPLICATION_ID, MIGRATIONS } from "../adapters/sql/oplog/_engine-world.ts";
import { describeWith } from "../components.ts";
import { builtFile } from "../package/built-package.ts";
import { roundsOf, SEED, sampleOf } from "../sampling.ts";
import { type PowerCutOptions, type PowerCuts, tryPowerCuts, type Worker } from "./history.ts";
import { FILES_PER_FOLDER, lookAtBlobs, lookAtCollected } from "./look-at-blobs.ts";
import { lookAtRows } from "./look-at-rows.ts";
import type { PoweredFileSystem } from "./powered-disk.ts";

/** For each test. */
const CUTS = roundsOf("POWER_CUTS", 8);
/** With this seed a disk that was never synced loses something. */
const LOSING_SEED = 1;

/** One disk and one run of the program give so many moments to fail at. */
const CUTS_PER_HISTORY = 25;

const TIMEOUT_MS = 60_000 + 4000 * CUTS;

/** How many folders are added. */
const FOLDERS = 40;

const FILE_SYSTEMS: readonly PoweredFileSystem[] = ["ext4", "xfs", "btrfs"];

/** One file system for rows and one for blobs, or all of them. */
function fileSystemsFor(what: string): readonly PoweredFileSystem[] {
  return sampleOf(FILE_SYSTEMS, { variable: "POWER_CUTS", few: 1, of: `${what} after a power cut` });
}

let programs = "";

beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), "content-catalog-program-"));
  await build({
    entryPoints: [join(import.meta.dirname, "_rows-program.ts")],
    outfile: join(programs, "rows.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
  });
  writeSources();
});

afterAll(() => rm(programs, { recursive: true, force: true }));

function keepingRows(durability: "commit" | "batch", seed: number): Worker {
  const sqlJsPath = createRequire(import.meta.url).resolve("sql.js");
  return {
    command: (folder) => {
      const task = { sqlJsPath, folder, seed, durability, migrations: MIGRATIONS, applicationId: APPLICATION_ID };
      return [join(programs, "rows.mjs"), JSON.stringify(task)];
    },
  };
}

function tell(what: string, cuts: readonly PowerCuts[]): void {
  const sum = (of: (each: PowerCuts) => number): number => cuts.reduce((total, each) => total + of(each), 0);
  const [rounds, lines, requests] = [sum((each) => each.rounds), sum((each) => each.lines), sum((e) => e.requests)];
  process.stdout.write(
    `${what}: ${rounds} power cuts, in ${lines} steps of work and ${requests} requests to the disk\n`,
  );
}

function adding(layout: "cas" | "policy_path", { collects = false } = {}): Worker {
  const entry = builtFile("node.mjs");
  const task = { entry, layout, collects, sources: Array.from({ length: FOLDERS }, (_, index) => sourceFolder(index)) };
  return {
    command: (folder) => [join(import.meta.dirname, "add-program.mjs"), JSON.stringify({ ...task, folder })],
  };
}

function sourceFolder(index: number): string {
  return join(programs, `folder-${index}`);
}

/** Folders with files of many sizes, of which some are in all of them. */
function writeSources(): void {
  const { choose } = createRandomChooser(SEED);
  for (let index = 0; index < FOLDERS; index++) {
    mkdirSync(sourceFolder(index));
    for (let file = 0; file < FILES_PER_FOLDER; file++) {
      const content = file === 0 ? "in all of them" : `${index} ${file} `.repeat(1 + choose(10_000));
      writeFileSync(join(sourceFolder(index), `file-${file}`), content);
    }
  }
}

/** Tries so many cuts as are wanted, in histories of a bounded length. */
async function tryMany(options: Omit<PowerCutOptions, "seed" | "cuts" | "worker">, work: (seed: number) => Worker) {
  const all: PowerCuts[] = [];
  for (let left = CUTS; left > 0; left -= CUTS_PER_HISTORY) {
    const seed = SEED + all.length;
    all.push(await tryPowerCuts({ ...options, seed, cuts: Math.min(left, CUTS_PER_HISTORY), worker: work(seed) }));
  }
  return all;
}

describeWith("power-loss", "after a power cut", () => {
  it.each(fileSystemsFor("rows"))(
    "every acknowledged row is there, and the next one goes well: on %s",
    async (fileSystem) => {
      const options = { fileSystem, lines: 120, look: lookAtRows };
      const cuts = await tryMany(options, (seed) => keepingRows("commit", seed));
      tell(`rows on ${fileSystem}`, cuts);
      expect(cuts.flatMap(({ findings }) => findings)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it.each(fileSystemsFor("blobs"))(
    "every row of files that were added has its blob, whole: on %s",
    async (fileSystem) => {
      const options = { fileSystem, lines: FOLDERS - 10, look: lookAtBlobs };
      const cuts = await tryMany(options, (seed) => adding(seed % 4 === 0 ? "policy_path" : "cas"));
      tell(`blobs on ${fileSystem}`, cuts);
      expect(cuts.flatMap(({ findings }) => findings)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it.each(fileSystemsFor("collected blobs"))(
    "every row beside a collector has its blob, whole: on %s",
    async (fileSystem) => {
      const options = { fileSystem, lines: FOLDERS, look: lookAtCollected };
      const cuts = await tryMany(options, (seed) => adding(seed % 2 === 0 ? "policy_path" : "cas", { collects: true }));
      tell(`collected blobs on ${fileSystem}`, cuts);
      expect(cuts.flatMap(({ findings }) => findings)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it.each([
    ["rows that were acknowledged before their sync", () => keepingRows("batch", LOSING_SEED), lookAtRows],
    ["rows that were never synced", () => ({ ...keepingRows("commit", LOSING_SEED), withoutSyncs: true }), lookAtRows],
    ["blobs that were never synced", () => ({ ...adding("cas"), withoutSyncs: true }), lookAtBlobs],
  ] as const)("a test finds what is lost: %s", async (_, work, look) => {
    const options = {
      fileSystem: "ext4",
      worker: work(),
      lines: FOLDERS - 10,
      cuts: 8,
      seed: LOSING_SEED,
      look,
    } as const;
    const { findings } = await tryPowerCuts(options);
    expect(findings.filter((text) => /lost|no such catalog|damaged/.test(text))).not.toEqual([]);
  });
});

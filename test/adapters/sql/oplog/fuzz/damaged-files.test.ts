import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../../src/adapters/fs/memory.ts";
import { isCatalogError } from "../../../../../src/errors.ts";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import { type Chooser, createRandomChooser } from "../../../../../src/testing/simulation/chooser.ts";
import { roundsOf, SEED } from "../../../../sampling.ts";
import { insert, inspectBytes, listNames, names, openEngine, writeFile } from "../_engine-world.ts";
import { damage } from "./_damage.ts";

const RUNS = roundsOf("FUZZ_RUNS", 400);
const PATH = "/catalog.sqlite";
const LOG = `${PATH}.oplog`;
const HEADER_BYTES = 160;
/** What an unusable file may be called. */
const NAMED = ["CORRUPT", "DIVERGED", "UNSUPPORTED", "SCHEMA_TOO_NEW", "BACKEND"];
const ROWS = ["a", "b", "c", "d", "e"];

/** A catalog with a snapshot, a log, and where each of the log's frames ends. */
interface Sample {
  readonly snapshot: Uint8Array;
  readonly log: Uint8Array;
  readonly ends: readonly number[];
}

async function createSample(): Promise<Sample> {
  const fs = createMemoryFileSystem();
  const engine = await openEngine({ fs, path: PATH, checkpointOnClose: "never" });
  const ends: number[] = [];
  for (const [index, row] of ROWS.entries()) {
    const quoted = index === 0 ? new Uint8Array(0) : await fs.readFile(LOG);
    // Each payload quotes the log so far, with frames in it.
    const sql = "INSERT INTO things (name, data) VALUES (?, ?)";
    await engine.batch([{ sql, parameters: [row, quoted] }]);
    ends.push((await fs.readFile(LOG)).byteLength);
  }
  await engine.close();
  return { snapshot: await fs.readFile(PATH), log: await fs.readFile(LOG), ends };
}

async function createFiles(snapshot: Uint8Array, log: Uint8Array): Promise<FileSystem> {
  const fs = createMemoryFileSystem();
  await writeFile(fs, PATH, snapshot);
  await writeFile(fs, LOG, log);
  return fs;
}

/** The rows that a reader finds, or the code that says why there are none. */
async function read(fs: FileSystem): Promise<readonly string[] | string> {
  try {
    const engine = await openEngine({ fs, path: PATH, mode: "read" });
    try {
      return await names(engine);
    } finally {
      await engine.close();
    }
  } catch (error) {
    expect(isCatalogError(error), String(error)).toBe(true);
    return isCatalogError(error) ? error.code : "";
  }
}

/** Goes on with a catalog that can be read. */
async function goOn(fs: FileSystem, found: readonly string[]): Promise<void> {
  const engine = await openEngine({ fs, path: PATH });
  await engine.batch([insert("new")]);
  await engine.close();
  expect(inspectBytes(await fs.readFile(PATH))).toEqual({ integrity: "ok", names: [...found, "new"].sort() });
  expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
}

/** Runs `work` with many seeds, and names the one that fails. */
async function forSeeds(work: (chooser: Chooser) => Promise<boolean>): Promise<void> {
  let refused = 0;
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    try {
      if (await work(createRandomChooser(seed))) refused += 1;
    } catch (cause) {
      throw new Error(`Seed ${seed} failed: ${cause}`, { cause });
    }
  }
  // Else nothing was damaged, or everything beyond reading.
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(RUNS);
}

describe("a damaged file", () => {
  it("that is a log is refused by name, or loses nothing intact and goes on", async () => {
    const { snapshot, log, ends } = await createSample();
    await forSeeds(async (chooser) => {
      const { bytes, intact } = damage(log, chooser);
      const fs = await createFiles(snapshot, bytes);
      const found = await read(fs);
      if (typeof found === "string") {
        expect(NAMED).toContain(found);
        // Only without its header nothing of a log can be read.
        expect(intact).toBeLessThan(HEADER_BYTES);
        return true;
      }
      expect(ROWS.slice(0, found.length)).toEqual(found);
      expect(found.length).toBeGreaterThanOrEqual(
        intact < HEADER_BYTES ? 0 : ends.filter((end) => end <= intact).length,
      );
      await goOn(fs, found);
      return false;
    });
  });

  it("that is a snapshot is refused by name, with a log and without", async () => {
    const { snapshot, log } = await createSample();
    await forSeeds(async (chooser) => {
      const { bytes, intact } = damage(snapshot, chooser);
      const fs = await createFiles(bytes, log);
      const found = await read(fs);
      if (typeof found === "string") expect(NAMED).toContain(found);
      // Its fingerprint is in the log. What goes by the fingerprint unseen is bytes 92 to 99.
      else if (intact < 92) expect(found).toEqual(ROWS);
      await fs.unlink(LOG);
      const alone = await read(fs);
      if (typeof alone === "string") expect(NAMED).toContain(alone);
      return typeof found === "string";
    });
  });
});

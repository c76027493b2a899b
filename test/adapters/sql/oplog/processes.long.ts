import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNodeProcessTable } from "../../../../src/adapters/process/node.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import {
  APPLICATION_ID,
  insert,
  inspectBytes,
  inTemporaryFolder,
  listNames,
  MIGRATIONS,
  openEngine,
} from "./_engine-world.ts";

/** Set by npm run simulate -- --kills. */
const KILL_ROUNDS = Number(process.env["KILL_ROUNDS"] ?? 4);

let programs = "";

beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), "content-catalog-program-"));
  await build({
    entryPoints: [join(import.meta.dirname, "_writer-process.ts")],
    outfile: join(programs, "writer.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
  });
});

afterAll(() => rm(programs, { recursive: true, force: true }));

/** A process that writes, and what it was told is durable. */
class Writer {
  readonly acknowledged: string[] = [];
  readonly errors: string[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #onRow: (() => void) | undefined;

  constructor(options: { path: string; name: string; rows: number; rowsPerOpening?: number; busyTimeoutMs?: number }) {
    const task = {
      rowsPerOpening: options.rows,
      busyTimeoutMs: 30_000,
      migrations: MIGRATIONS,
      applicationId: APPLICATION_ID,
      sqlJsPath: createRequire(import.meta.url).resolve("sql.js"),
      ...options,
    };
    this.#process = spawn(process.execPath, [join(programs, "writer.mjs"), JSON.stringify(task)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = this.#process.stdout === null ? undefined : createInterface(this.#process.stdout);
    lines?.on("line", (line) => {
      if (line.startsWith("error ")) this.errors.push(line.slice(6));
      else this.acknowledged.push(line);
      this.#onRow?.();
    });
    this.#ended = Promise.all([once(this.#process, "close"), lines === undefined ? undefined : once(lines, "close")]);
  }

  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Kills the process, which cannot prepare for it, once it has had so many rows acknowledged. */
  async killAfter(rows: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onRow = () => {
        if (this.acknowledged.length >= rows) resolve();
      };
      this.#onRow();
    });
    this.#process.kill("SIGKILL");
    await this.ended();
  }
}

async function findNames(fs: FileSystem, path: string): Promise<unknown[]> {
  const { integrity, names } = inspectBytes(await fs.readFile(path));
  expect(integrity).toBe("ok");
  return names;
}

describe("processes that write at once", () => {
  it("end with the rows of all", async () => {
    await inTemporaryFolder(async (folder, fs) => {
      const path = `${folder}/state/catalog.sqlite`;
      const writers = ["a", "b", "c"].map((name) => new Writer({ path, name, rows: 12, rowsPerOpening: 3 }));
      for (const writer of writers) await writer.ended();
      expect(writers.flatMap(({ errors }) => errors)).toEqual([]);
      const acknowledged = writers.flatMap((writer) => writer.acknowledged);
      expect(acknowledged).toHaveLength(36);
      expect(await findNames(fs, path)).toEqual(acknowledged.sort());
      expect(await listNames(fs, `${folder}/state`)).toEqual(["catalog.sqlite"]);
    });
  });

  it("get BUSY when they do not want to wait, and lose nothing", async () => {
    await inTemporaryFolder(async (folder, fs) => {
      const path = `${folder}/catalog.sqlite`;
      const holder = await openEngine({ fs, path, processes: createNodeProcessTable() });
      await holder.batch([insert("held")]);
      // A lock is given up after a moment, so the holder goes on.
      let writing = true;
      const rows = (async () => {
        for (let row = 0; writing; row++) await holder.batch([insert(`row ${row}`)]);
      })();
      const writer = new Writer({ path, name: "a", rows: 1, busyTimeoutMs: 0 });
      await writer.ended();
      writing = false;
      await rows;
      expect(writer).toMatchObject({ errors: ["BUSY"], acknowledged: [] });
      await holder.close();
      expect(await findNames(fs, path)).toContain("held");
      expect(await findNames(fs, path)).not.toContain("a-0");
    });
  });

  it("take over from one that was killed, whose acknowledged rows stay", async () => {
    await inTemporaryFolder(async (folder, fs) => {
      const path = `${folder}/catalog.sqlite`;
      const killed: string[] = [];
      for (const round of [1, 2, 5, 9]) {
        const writer = new Writer({ path, name: `killed${round}`, rows: 1_000_000 });
        await writer.killAfter(round);
        killed.push(...writer.acknowledged);
      }
      expect(await listNames(fs, folder)).toContain("catalog.sqlite.lock");
      const next = new Writer({ path, name: "next", rows: 2 });
      await next.ended();
      expect(next).toMatchObject({ errors: [], acknowledged: ["next-0", "next-1"] });
      const found = await findNames(fs, path);
      for (const name of [...killed, ...next.acknowledged]) expect(found).toContain(name);
      expect(await listNames(fs, folder)).toEqual(["catalog.sqlite"]);
    });
  });

  it("lose no acknowledged row when one of four is killed at a random moment", async () => {
    for (let round = 0; round < KILL_ROUNDS; round++) {
      await inTemporaryFolder(async (folder, fs) => {
        const path = `${folder}/catalog.sqlite`;
        const writers = ["a", "b", "c", "d"].map((name) => new Writer({ path, name, rows: 12, rowsPerOpening: 4 }));
        await writers[round % 4]?.killAfter(round % 11);
        for (const writer of writers) await writer.ended();
        expect(writers.flatMap(({ errors }) => errors)).toEqual([]);
        const last = new Writer({ path, name: "last", rows: 1 });
        await last.ended();
        const found = await findNames(fs, path);
        const acknowledged = writers.flatMap((writer) => writer.acknowledged);
        expect(acknowledged.length).toBeGreaterThanOrEqual(36);
        for (const name of [...acknowledged, "last-0"]) expect(found).toContain(name);
        expect(await listNames(fs, folder)).toEqual(["catalog.sqlite"]);
      });
    }
  }, 3_600_000);
});

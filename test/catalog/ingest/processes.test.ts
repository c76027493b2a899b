import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { lstat, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import type { PlacingOptions } from "../../../src/catalog/placing/placing-context.ts";
import { inFolder } from "../../adapters/blob/_store-world.ts";
import { SHORT_LIVED } from "../../short-lived.ts";
import { filesBelow, openEngine, openWorld } from "./_ingest-world.ts";

let programs = "";

beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), "content-catalog-program-"));
  await build({
    entryPoints: [join(import.meta.dirname, "_ingest-process.ts")],
    outfile: join(programs, "ingest.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    banner: {
      js: `import { createRequire as makeRequire } from "node:module"; const require = makeRequire(${JSON.stringify(import.meta.url)});`,
    },
  });
});

afterAll(() => rm(programs, { recursive: true, force: true }));

interface Task {
  readonly name: string;
  readonly rootDir: string;
  readonly catalogPath?: string;
  readonly contents: number;
  readonly links?: boolean;
  readonly options: PlacingOptions;
}

/** Starts a process; `lines` grows while it runs. */
function start(task: Task): {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly ended: Promise<number>;
} {
  const sqlJsPath = createRequire(import.meta.url).resolve("sql.js");
  const argument = JSON.stringify({ links: true, sqlJsPath, ...task });
  const child = spawn(process.execPath, [...SHORT_LIVED, join(programs, "ingest.mjs"), argument], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  let text = "";
  child.stdout?.on("data", (data: Buffer) => {
    text += data.toString();
    const whole = text.split("\n");
    text = whole.pop() ?? "";
    lines.push(...whole);
  });
  return { child, lines, ended: once(child, "close").then(([code]) => Number(code)) };
}

function hashOf(index: number): string {
  return createHash("sha256").update(`content ${index}`.repeat(500)).digest("hex");
}

async function blobsBelow(rootDir: string): Promise<string[]> {
  const paths = await filesBelow(createNodeFileSystem(), rootDir);
  return paths.map((path) => path.slice(rootDir.length + 1)).filter((name) => !name.startsWith("."));
}

describe("several processes that ingest the same bytes at once", () => {
  it.each([true, false])("place each once under its hash (links: %s)", (links) =>
    inFolder(async (folder) => {
      const contents = 40;
      const rootDir = `${folder}/root`;
      const options = { layout: "cas" } as const;
      const all = ["a", "b", "c", "d"].map((name) => start({ name, rootDir, contents, links, options }));
      expect(await Promise.all(all.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
      const expected = Array.from({ length: contents }, (_, index) => hashOf(index)).sort();
      const blobs = await blobsBelow(rootDir);
      expect(blobs).toEqual(expected.map((hash) => `cas/sha256/${hash.slice(0, 2)}/${hash.slice(2)}`));
      for (const name of blobs) {
        const hash = createHash("sha256")
          .update(await readFile(`${rootDir}/${name}`))
          .digest("hex");
        expect(name.split("/").slice(2).join("")).toBe(hash);
      }
      expect(await readdir(`${rootDir}/.staging`)).toEqual([]);
      expect(all.flatMap(({ lines }) => lines).filter((line) => line !== "ready")).toHaveLength(4 * contents);
    }),
  );

  it("end with every row, too", () =>
    inFolder(async (folder) => {
      const contents = 10;
      const rootDir = `${folder}/root`;
      const catalogPath = `${folder}/state/catalog.sqlite`;
      const options = { layout: "cas", catalogPath } as const;
      const all = ["a", "b", "c", "d"].map((name) => start({ name, rootDir, catalogPath, contents, options }));
      expect(await Promise.all(all.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
      expect(await blobsBelow(rootDir)).toHaveLength(contents);
      const sql = await openEngine(createNodeFileSystem(), catalogPath);
      const world = await openWorld({ fs: createNodeFileSystem(), rootDir, sql, layout: "cas" });
      const rows = await world.rows();
      expect(rows.map(({ artifactId }) => artifactId).sort()).toEqual(
        ["a", "b", "c", "d"]
          .flatMap((name) => Array.from({ length: contents }, (_, index) => `${name}-${index}`))
          .sort(),
      );
      for (const { storageUri, bytes } of rows) expect((await lstat(new URL(storageUri))).size).toBe(bytes);
      await world.catalog.close();
      expect(await readdir(`${rootDir}/.content-catalog`)).toHaveLength(1);
    }));

  it("and are killed leave whole blobs and staged leftovers, and doing it again ends the same", () =>
    inFolder(async (folder) => {
      const rootDir = `${folder}/root`;
      const task = { rootDir, contents: 200, options: { layout: "cas" } } as const;
      const pids: (number | undefined)[] = [];
      for (const after of [1, 20, 60]) {
        const { child, lines, ended } = start({ name: `killed-${after}`, ...task });
        while (lines.length < after) await Promise.race([once(child.stdout ?? child, "data"), ended]);
        child.kill("SIGKILL");
        await ended;
        for (const name of await blobsBelow(rootDir)) {
          const hash = createHash("sha256")
            .update(await readFile(`${rootDir}/${name}`))
            .digest("hex");
          expect(name.split("/").slice(2).join("")).toBe(hash);
        }
        pids.push(child.pid);
        const staged = await filesBelow(createNodeFileSystem(), `${rootDir}/.staging`);
        const owners = staged.map((path) => Number(/\/[0-9a-f]{32}\.(\d+)\./.exec(path)?.[1]));
        expect(pids).toEqual(expect.arrayContaining(owners));
      }
      expect(await start({ name: "again", ...task }).ended).toBe(0);
      expect(await blobsBelow(rootDir)).toHaveLength(200);
    }));
});

describe("many ingests at once in one process", () => {
  it.each([{ layout: "cas" }, { layout: "policy_path" }] as const)("end with one blob and every row: %o", (options) =>
    inFolder(async (folder) => {
      const world = await openWorld({ fs: createNodeFileSystem(), rootDir: folder, ...options });
      const results = await Promise.all(Array.from({ length: 50 }, (_, index) => world.ingest(`content ${index % 5}`)));
      expect(await world.rows()).toHaveLength(50);
      expect(results.filter(({ deduplicated }) => !deduplicated)).toHaveLength(5);
      const inodes = new Set<number>();
      for (const { record } of results) inodes.add((await lstat(new URL(record.storageUri))).ino);
      expect(inodes.size).toBe(5);
      expect(world.context.state.inFlight.size + world.context.state.locks.size).toBe(0);
      expect(await readdir(`${folder}/.staging`)).toEqual([]);
    }),
  );

  it("of one key and other bytes end with one of them", async () => {
    const world = await openWorld({ layout: "cas" });
    const key = { artifactId: "a", sourceUrl: "x" };
    const results = await Promise.all(Array.from({ length: 10 }, (_, index) => world.ingest(`content ${index}`, key)));
    expect(results.filter(({ outcome }) => outcome === "created")).toHaveLength(1);
    expect(results.filter(({ outcome }) => outcome === "kept")).toHaveLength(9);
    expect(await world.rows()).toHaveLength(1);
  });
});

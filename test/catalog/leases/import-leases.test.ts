import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { importManifest } from "../../../src/catalog/import/import-manifest.ts";
import type { ImportFinding, ImportOptions, ImportSummary } from "../../../src/catalog/import/import-options.ts";
import { outcomeOf } from "../import/_scratch-import.ts";
import { type IngestWorld, openEngine, openWorld, type WorldOptions } from "../ingest/_ingest-world.ts";
import { abandoned, blobsOf, collect, endLeases, engineOf, leased, watchStore } from "./_lease-world.ts";

const LAYOUTS: readonly WorldOptions[] = [{ layout: "cas" }, { pathTemplate: "{basename}" }];

const TEXTS = ["<p>alpha</p>", "alpha!", "hello\n"];

/** A world with the files a, with a rendering, and b to import, and a manifest of both. */
async function createWorld(options: WorldOptions): Promise<IngestWorld> {
  const world = await openWorld({ ...options, fs: createMemoryFileSystem() });
  await world.context.fs.makeDirectory("/in");
  await world.context.fs.makeDirectory("/in/files");
  await writeFiles(world);
  return world;
}

async function writeFiles({ context }: IngestWorld): Promise<void> {
  const lines = [outcomeOf("a", { sha256: null, html_paths: ["files/a.html"] }), outcomeOf("b", { sha256: null })];
  for (const [name, text] of [
    ["files/a", "alpha!"],
    ["files/a.html", "<p>alpha</p>"],
    ["files/b", "hello\n"],
    ["manifest.jsonl", `${lines.join("\n")}\n`],
  ] as const) {
    if ((await context.fs.stat(`/in/${name}`)) !== undefined) continue;
    const handle = await context.fs.open(`/in/${name}`, "create");
    await handle.write(new TextEncoder().encode(text));
    await handle.close();
  }
}

async function run(
  world: IngestWorld,
  options: ImportOptions = {},
): Promise<{ summary: ImportSummary; findings: ImportFinding[] }> {
  const findings: ImportFinding[] = [];
  const onFinding = (finding: ImportFinding): void => void findings.push(finding);
  const context = { ...world.context, sql: engineOf(world), placing: world.context };
  const source = { path: "/in/manifest.jsonl" };
  return { summary: await importManifest(context, source, { into: "copy", onFinding, ...options }), findings };
}

/** The texts of all blobs that rows and variants name; `undefined` for one that is gone. */
async function stored(world: IngestWorld): Promise<readonly unknown[]> {
  const found: unknown[] = [...(await blobsOf(world))];
  const variants = await engineOf(world).query({ sql: "SELECT storage_uri FROM variants" });
  for (const [uri] of variants) {
    const path = new URL(String(uri)).pathname;
    const isThere = (await world.context.fs.stat(path)) !== undefined;
    found.push(isThere ? new TextDecoder().decode(await world.context.fs.readFile(path)) : undefined);
  }
  return found.sort();
}

async function removeAll(world: IngestWorld): Promise<void> {
  await world.catalog.remove((await world.rows()).map(({ id }) => id));
}

async function collectAll(world: IngestWorld, uris: Iterable<string>): Promise<void> {
  for (const uri of uris) await collect(world, uri);
}

async function urisOf(world: IngestWorld): Promise<ReadonlySet<string>> {
  const rows = await engineOf(world).query({
    sql: "SELECT storage_uri FROM documents UNION SELECT storage_uri FROM variants",
  });
  return new Set(rows.map(([uri]) => String(uri)));
}

describe.each(LAYOUTS)("the leases of an import that stores, %o", (options) => {
  it("are seen by another process before a name is looked at, and end with the rows", async () => {
    const catalogFs = createMemoryFileSystem();
    const other = await openEngine(catalogFs);
    const world = await createWorld({ ...options, catalogFs });
    const unseen: string[] = [];
    watchStore(world, async (method, key) => {
      if (key.startsWith(".")) return;
      if (!(await leased(other)).includes(`file:///root/${key}`)) unseen.push(`${method} ${key}`);
    });
    expect((await run(world)).summary).toMatchObject({ documents: 2, variants: 1 });
    expect([unseen, await leased(other), await stored(world)]).toEqual([[], [], TEXTS]);
    expect(await abandoned(other)).toEqual([]);
  });

  it.each(["copy", "move"] as const)(
    "keep known blobs that are removed and collected at any step, %s",
    async (into) => {
      let steps = 0;
      for (let at = 0; at <= steps; at++) {
        const world = await createWorld(options);
        await run(world, { into });
        const uris = await urisOf(world);
        let step = 0;
        watchStore(world, async (_method, key) => {
          if (key.startsWith(".") || step++ !== at) return;
          await removeAll(world);
          await collectAll(world, uris);
        });
        // Else the rows would stay removed, and nothing would be told of their blobs.
        const { summary } = await run(world, { into, bringBack: true });
        steps = Math.max(steps, step);
        // A blob that was gone before its lease, and whose file an earlier import moved, cannot be had.
        const lost = summary.gone;
        expect(into === "copy" ? lost : 0).toBe(0);
        expect([at, (await stored(world)).includes(undefined), await leased(engineOf(world))]).toEqual([at, false, []]);
        if (lost === 0) expect(await stored(world)).toEqual(TEXTS);
      }
      expect(steps).toBeGreaterThan(5);
    },
  );

  it("are taken anew when somebody has ended them, and given up in the end", async () => {
    const world = await createWorld(options);
    let ended = 0;
    watchStore(world, async (method, key) => {
      if (method === "syncName" && !key.startsWith(".") && ended++ < 4) await endLeases(engineOf(world));
    });
    expect((await run(world, { into: "move" })).summary).toMatchObject({ documents: 2, gone: 0, unstable: 0 });
    expect(await stored(world)).toEqual(TEXTS);
    const other = await createWorld(options);
    watchStore(other, async (method, key) => {
      if (method === "syncName" && !key.startsWith(".")) await endLeases(engineOf(other));
    });
    const { summary, findings } = await run(other, { into: "move" });
    expect(summary).toMatchObject({ unstable: 2 });
    expect(findings[0]?.message).toContain("others ended its lease");
    expect(await other.context.fs.stat("/in/files/a")).toBeDefined();
    expect(await leased(engineOf(other))).toEqual([]);
  });

  it("give rows whose blobs were lost their new place in the batch that ends them", async () => {
    const world = await createWorld(options);
    await run(world);
    for (const uri of await urisOf(world)) await world.context.fs.unlink(new URL(uri).pathname);
    const sql = engineOf(world);
    const batch = sql.batch.bind(sql);
    const texts: string[] = [];
    Object.assign(sql, {
      batch: (...given: Parameters<typeof batch>) => {
        texts.push(given[0].map((each) => each.sql.split(/\s/)[0]).join());
        if (given[0].some((each) => each.sql.startsWith("UPDATE documents SET storage_uri"))) texts.push("repoint");
        return batch(...given);
      },
    });
    expect((await run(world, { into: "move" })).summary).toMatchObject({ repeats: 2, gone: 0, unstable: 0 });
    expect([await stored(world), await leased(sql)]).toEqual([TEXTS, []]);
    expect(texts.at(-1)).toBe("repoint");
  });

  it("leave nothing after a failure of the whole", async () => {
    const world = await createWorld(options);
    watchStore(world, async (method, key) => {
      if (method === "syncName" && !key.startsWith(".")) throw new TypeError("a mistake");
    });
    await expect(run(world)).rejects.toThrow("a mistake");
    expect(await leased(engineOf(world))).toEqual([]);
  });
});

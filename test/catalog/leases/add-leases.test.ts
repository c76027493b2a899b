import { describe, expect, it } from "vitest";
import type { AddFinding, AddInto, AddOptions, AddSource, AddSummary } from "../../../src/catalog/add/add-options.ts";
import { addSources } from "../../../src/catalog/add/add-sources.ts";
import { importManifest } from "../../../src/catalog/import/import-manifest.ts";
import type { SqlStatement } from "../../../src/ports/sql.ts";
import { outcomeOf } from "../import/_scratch-import.ts";
import { type IngestWorld, openWorld, streamOf, type WorldOptions } from "../ingest/_ingest-world.ts";
import { collect, endLeases, engineOf, leased, watchStore } from "./_lease-world.ts";

/*
 * Files that an import registered where they lie, a document and its rendering, and that are added: their rows get the
 * place in the store by the lease of that.
 */

const LAYOUTS: readonly WorldOptions[] = [{ layout: "cas" }, { pathTemplate: "{basename}" }];
const DOCUMENT = "/in/files/a";
const VARIANT = "/in/files/a.html";
const TEXTS: Readonly<Record<string, string>> = { [DOCUMENT]: "alpha!", [VARIANT]: "<p>alpha</p>" };

async function write({ context }: IngestWorld, path: string, text: string): Promise<void> {
  if ((await context.fs.stat(path)) !== undefined) await context.fs.unlink(path);
  const handle = await context.fs.open(path, "create");
  await handle.write(new TextEncoder().encode(text));
  await handle.close();
}

async function createWorld(options: WorldOptions): Promise<IngestWorld> {
  const world = await openWorld(options);
  const { fs } = world.context;
  for (const folder of ["/in", "/in/files"]) await fs.makeDirectory(folder);
  for (const [path, text] of Object.entries(TEXTS)) await write(world, path, text);
  const context = { ...world.context, sql: engineOf(world), placing: world.context };
  const line = outcomeOf("a", { sha256: null, html_paths: ["files/a.html"] });
  await importManifest(context, { stream: streamOf(`${line}\n`), name: "-" }, { baseDir: "/in" });
  return world;
}

interface Added {
  readonly summary: AddSummary;
  readonly findings: readonly AddFinding[];
}

async function add(
  world: IngestWorld,
  file: string | AddSource,
  options: AddOptions & { into: AddInto },
): Promise<Added> {
  const source = typeof file === "string" ? { path: file } : file;
  const findings: AddFinding[] = [];
  const onFinding = (finding: AddFinding): void => void findings.push(finding);
  return {
    summary: await addSources(world.context, [source], { onChange: "keep", onFinding, ...options }),
    findings,
  };
}

/** What each row names, of a blob in the root its text, and `undefined` where nothing is there. */
async function named(world: IngestWorld): Promise<readonly (string | undefined)[]> {
  const rows = await engineOf(world).query({
    sql: "SELECT storage_uri FROM documents UNION ALL SELECT storage_uri FROM variants",
  });
  const found: (string | undefined)[] = [];
  for (const [uri] of rows) {
    const path = new URL(String(uri)).pathname;
    if (!path.startsWith("/root/")) found.push(path);
    else if ((await world.context.fs.stat(path)) === undefined) found.push(undefined);
    else found.push(new TextDecoder().decode(await world.context.fs.readFile(path)));
  }
  return found;
}

function sources(world: IngestWorld): Promise<readonly unknown[]> {
  return engineOf(world).query({ sql: "SELECT path, document_id, variant FROM sources" });
}

/** Ends the leases before each batch that would use one, as long as `ends` says so. */
function endBeforeUse(world: IngestWorld, ends: () => boolean): void {
  const sql = engineOf(world);
  const batch = sql.batch.bind(sql);
  const uses = (statements: readonly SqlStatement[]): boolean =>
    statements.some(({ sql: text }) => text.includes("EXISTS (SELECT 1 FROM leases") && !text.includes("'abandon'"));
  Object.assign(sql, {
    batch: async (...given: Parameters<typeof batch>) => {
      if (uses(given[0]) && ends()) await endLeases({ ...sql, batch });
      return batch(...given);
    },
  });
}

describe.each(LAYOUTS)("what is added to its row, %o", (options) => {
  describe.each([DOCUMENT, VARIANT])("%s", (path) => {
    const other = path === DOCUMENT ? VARIANT : DOCUMENT;
    const stored = path === DOCUMENT ? [TEXTS[path], other] : [other, TEXTS[path]];

    it.each(["copy", "move"] as const)("comes by another lease when somebody has ended it, %s", async (into) => {
      const world = await createWorld(options);
      let ended = 0;
      endBeforeUse(world, () => ended++ < 4);
      expect((await add(world, path, { into })).findings).toEqual([]);
      expect([await named(world), await leased(engineOf(world))]).toEqual([stored, []]);
      expect(await sources(world)).toEqual([[path, 1, path === VARIANT ? "html" : null]]);
      expect((await world.context.fs.stat(path)) === undefined).toBe(into === "move");
    });

    it("keeps its file and its place, and nothing is written down, when that goes on", async () => {
      const world = await createWorld(options);
      endBeforeUse(world, () => true);
      const { findings } = await add(world, path, { into: "move" });
      expect(findings).toMatchObject([{ message: expect.stringContaining("others ended its lease") }]);
      expect([await named(world), await sources(world)]).toEqual([[DOCUMENT, VARIANT], []]);
      expect(await leased(engineOf(world))).toEqual([]);
      expect(await world.context.fs.stat(path)).toBeDefined();
    });

    it.each(["copy", "move"] as const)("is there whenever others collect it, %s", async (into) => {
      let steps = 0;
      for (let at = 0; at <= steps; at++) {
        const world = await createWorld(options);
        let step = 0;
        watchStore(world, async (_method, key) => {
          if (!key.startsWith(".") && step++ === at) await collect(world, `file:///root/${key}`);
        });
        await add(world, path, { into });
        steps = Math.max(steps, step);
        expect([at, await named(world), await leased(engineOf(world))]).toEqual([at, stored, []]);
      }
      expect(steps).toBeGreaterThan(1);
    });

    it.each(["replace", "variant"] as const)("takes other bytes by another lease, %s", async (onChange) => {
      for (const ends of [4, 1000]) {
        const world = await createWorld(options);
        await write(world, path, "others");
        let ended = 0;
        endBeforeUse(world, () => ended++ < ends);
        const { findings } = await add(world, path, { into: "move", onChange });
        const texts = await named(world);
        const kinds = findings.map(({ kind }) => kind);
        // The row still names the file where it lies if the bytes became a variant.
        const expected = onChange === "replace" ? ["changed"] : ["kept", "changed"];
        if (ends === 4) expect([kinds, texts.includes("others")]).toEqual([expected, true]);
        else expect([texts, await sources(world)]).toEqual([[DOCUMENT, VARIANT], []]);
        expect((await world.context.fs.stat(path)) === undefined).toBe(ends === 4 && onChange === "replace");
        expect(await leased(engineOf(world))).toEqual([]);
      }
    });
  });

  it("is no second row of a file that another one got a row for meanwhile", async () => {
    const world = await openWorld(options);
    await world.context.fs.makeDirectory("/new");
    await write(world, "/new/a", "alpha!");
    const sql = engineOf(world);
    const batch = sql.batch.bind(sql);
    let isFirst = true;
    Object.assign(sql, {
      batch: async (...given: Parameters<typeof batch>) => {
        if (isFirst && given[0].some((each) => each.sql.startsWith("INSERT INTO documents"))) {
          isFirst = false;
          const meta = { artifactId: "first", sourceUrl: "https://example.org/first" };
          await add(world, { path: "/new/a", meta }, { into: "copy" });
        }
        return batch(...given);
      },
    });
    const { findings } = await add(world, "/new/a", { into: "copy" });
    expect(findings).toEqual([]);
    expect([(await world.rows()).map(({ artifactId }) => artifactId), await leased(sql)]).toEqual([["first"], []]);
    expect(await sources(world)).toEqual([["/new/a", 1, null]]);
  });
});

import { describe, expect, it } from "vitest";
import { registerInPlace } from "../../../src/catalog/add/file/register-in-place.ts";
import { CanonicalNames } from "../../../src/catalog/files/canonical-name.ts";
import { importManifest } from "../../../src/catalog/import/import-manifest.ts";
import type { ImportOptions, ImportSummary } from "../../../src/catalog/import/import-options.ts";
import { outcomeOf } from "../import/_scratch-import.ts";
import { type IngestWorld, openWorld, streamOf } from "../ingest/_ingest-world.ts";
import { blobsOf, collect, endLeases, engineOf, leased } from "./_lease-world.ts";

const URI = "file:///root/files/a";

async function createWorld(paths: readonly string[] = ["/root/files/a"]): Promise<IngestWorld> {
  const world = await openWorld();
  const { fs } = world.context;
  for (const folder of ["/root", "/root/files", "/elsewhere"]) await fs.makeDirectory(folder).catch(() => undefined);
  for (const path of paths) {
    const handle = await fs.open(path, "create");
    await handle.write(new TextEncoder().encode("hello\n"));
    await handle.close();
  }
  return world;
}

/** Calls `before` whenever the file is opened or looked at. */
function watchFile({ context }: IngestWorld, before: () => Promise<void>): void {
  const { fs } = context;
  for (const name of ["open", "lstat"] as const) {
    const call = fs[name].bind(fs) as (...given: readonly unknown[]) => Promise<unknown>;
    Object.assign(fs, {
      [name]: async (...given: readonly unknown[]) => {
        if (given[0] === "/root/files/a") await before();
        return call(...given);
      },
    });
  }
}

async function add(world: IngestWorld, path = "/root/files/a"): Promise<unknown> {
  const meta = { artifactId: "a", sourceUrl: "https://example.org/a", resolver: "r" };
  const settings = { onChange: "keep" } as Parameters<typeof registerInPlace>[2]["settings"];
  const about = { meta, settings, names: new CanonicalNames(world.context), isNew: false, signal: undefined };
  return registerInPlace({ ...world.context, sql: engineOf(world) }, path, about);
}

async function runImport(
  world: IngestWorld,
  lines: readonly string[],
  options: ImportOptions = {},
): Promise<ImportSummary> {
  const context = { ...world.context, sql: engineOf(world), placing: world.context };
  const source = { stream: streamOf(`${lines.join("\n")}\n`), name: "-" };
  return importManifest(context, source, { baseDir: "/root", ...options });
}

const WAYS = {
  add: (world: IngestWorld) => add(world),
  import: (world: IngestWorld) => runImport(world, [outcomeOf("a", { sha256: null })]),
};

describe.each(["add", "import"] as const)("a file that is registered under the root where it lies, %s", (way) => {
  it("has a lease before it is read, and none when its row is there", async () => {
    const world = await createWorld();
    const seen = new Set<string>();
    let reads = 0;
    watchFile(world, async () => {
      reads += 1;
      seen.add(String(await leased(engineOf(world))));
    });
    await WAYS[way](world);
    expect([reads > 0, [...seen].at(-1), await leased(engineOf(world))]).toEqual([true, URI, []]);
    expect((await world.rows()).map(({ storageUri }) => storageUri)).toEqual([URI]);
  });

  it("gets no row when it is collected before, and is not collected later", async () => {
    let steps = 0;
    for (let at = 0; at <= steps; at++) {
      const world = await createWorld();
      let step = 0;
      watchFile(world, async () => {
        if (step++ === at) await collect(world, URI);
      });
      await Promise.resolve(WAYS[way](world)).catch(() => undefined);
      steps = Math.max(steps, step);
      expect([at, (await blobsOf(world)).includes(undefined), await leased(engineOf(world))]).toEqual([at, false, []]);
    }
    expect(steps).toBeGreaterThan(1);
  });

  it("starts again when somebody ends the lease, five times", async () => {
    for (const times of [4, 1000]) {
      const world = await createWorld();
      let ended = 0;
      const sql = engineOf(world);
      const batch = sql.batch.bind(sql);
      Object.assign(sql, {
        batch: async (...given: Parameters<typeof batch>) => {
          if (given[0][0]?.sql.startsWith("INSERT INTO documents") && ended++ < times)
            await endLeases({ ...sql, batch });
          return batch(...given);
        },
      });
      const error = await Promise.resolve(WAYS[way](world)).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (times === 4) expect([error, (await world.rows()).length]).toEqual([undefined, 1]);
      else expect(error).toMatchObject({ code: "CONFLICT" });
      expect(await leased(sql)).toEqual([]);
    }
  });
});

it("takes no lease of a file elsewhere", async () => {
  const world = await createWorld(["/elsewhere/a"]);
  const sql = engineOf(world);
  const texts: string[] = [];
  const batch = sql.batch.bind(sql);
  Object.assign(sql, {
    batch: (...given: Parameters<typeof batch>) => {
      texts.push(...given[0].map((each) => each.sql));
      return batch(...given);
    },
  });
  await add(world, "/elsewhere/a");
  expect((await world.rows()).length).toBe(1);
  expect(texts.filter((each) => each.includes("leases"))).toEqual([]);
});

it("registers one file in the root for two artifacts", async () => {
  const world = await createWorld();
  const lines = ["x", "y"].map((id) => outcomeOf("a", { sha256: null, work_id: id, url: `https://example.org/${id}` }));
  expect(await runImport(world, lines)).toMatchObject({ documents: 2 });
  expect(await leased(engineOf(world))).toEqual([]);
});

it.each([true, false])("registers one file in the root for each line that names it, strict: %s", async (strict) => {
  const world = await createWorld(["/root/files/a", "/root/files/b"]);
  const names = ["a", "b", "a", "a"];
  const lines = names.map((name, at) =>
    outcomeOf(name, { sha256: null, work_id: `w${at}`, url: `https://example.org/${at}` }),
  );
  expect(await runImport(world, lines, { strict })).toMatchObject({ documents: 4, gone: 0 });
  expect((await world.rows()).map(({ storageUri }) => storageUri.slice(-1))).toEqual(names);
  expect(await leased(engineOf(world))).toEqual([]);
});

it("stops at the first line with a finding, where lines share a file", async () => {
  const world = await createWorld();
  const line = (path: string, id: string): string =>
    outcomeOf(path, { sha256: null, work_id: id, url: `https://example.org/${id}` });
  const lines = [line("a", "1"), line("a", "2"), line("gone", "3"), line("a", "4")];
  expect(await runImport(world, lines, { strict: true })).toMatchObject({ documents: 2, gone: 1 });
  const others = await createWorld();
  expect(await runImport(others, [line("a", "1"), "{", line("a", "1")], { strict: true })).toMatchObject({
    documents: 1,
    damaged: 1,
  });
});

it("compares lines of one key with each other, also when their leases are ended", async () => {
  for (const ends of [0, 2]) {
    const world = await createWorld(["/root/files/a"]);
    const other = await world.context.fs.open("/root/files/b", "create");
    await other.write(new TextEncoder().encode("other\n"));
    await other.close();
    const sql = engineOf(world);
    const batch = sql.batch.bind(sql);
    let ended = 0;
    let attempts = 0;
    Object.assign(sql, {
      batch: async (...given: Parameters<typeof batch>) => {
        const isRow = given[0].some((each) => each.sql.startsWith("INSERT INTO documents"));
        if (isRow) attempts += 1;
        if (isRow && ended++ < ends) await endLeases({ ...sql, batch });
        return batch(...given);
      },
    });
    const key = { work_id: "w", url: "https://example.org/w", sha256: null };
    const lines = ["a", "b", "a"].map((name) => outcomeOf(name, key));
    expect(await runImport(world, lines)).toMatchObject({ documents: 1, changed: 1, repeats: 1 });
    expect(attempts).toBe(ends + 1);
  }
});

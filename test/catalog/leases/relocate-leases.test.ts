import { expect, it } from "vitest";
import { relocate } from "../../../src/catalog/relocate/relocate.ts";
import type {
  RelocateFinding,
  RelocateOptions,
  RelocateSummary,
} from "../../../src/catalog/relocate/relocate-options.ts";
import type { SqlStatement } from "../../../src/ports/sql.ts";
import { type IngestWorld, openWorld } from "../ingest/_ingest-world.ts";
import { blobsOf, collect, endLeases, engineOf, leased } from "./_lease-world.ts";

const FROM = "file:///root/old/a";
const TO = "file:///root/new/a";

/** A file that lies at the new place, and two documents and a variant that name the old one. */
async function createWorld(): Promise<IngestWorld> {
  const world = await openWorld();
  const { fs } = world.context;
  for (const folder of ["/root", "/root/new"]) await fs.makeDirectory(folder).catch(() => undefined);
  const file = await fs.open("/root/new/a", "create");
  await file.write(new TextEncoder().encode("hello"));
  await file.close();
  const about = { contentType: null, bytes: 5, sha256: null, storageUri: FROM, runId: null };
  for (const name of ["x", "y"]) {
    const key = { artifactId: name, sourceUrl: `https://example.org/${name}`, resolver: "r" };
    await world.catalog.registerOrGet({ ...key, ...about });
  }
  await world.catalog.addVariant(1, { variant: "text", storageUri: FROM, bytes: 5 });
  return world;
}

async function run(
  world: IngestWorld,
  options: RelocateOptions = {},
): Promise<RelocateSummary & { readonly findings: readonly RelocateFinding[] }> {
  const findings: RelocateFinding[] = [];
  const context = { ...world.context, sql: engineOf(world) };
  const onFinding = (finding: RelocateFinding): void => void findings.push(finding);
  const summary = await relocate(context, { from: "/root/old", to: "/root/new" }, { onFinding, ...options });
  return { ...summary, findings };
}

/** Calls `before` whenever the file is looked at. */
function watchFile({ context }: IngestWorld, before: () => Promise<void>): void {
  const stat = context.fs.stat.bind(context.fs);
  Object.assign(context.fs, {
    stat: async (path: string) => {
      if (path === "/root/new/a") await before();
      return stat(path);
    },
  });
}

/** Calls `before` with the statements of each batch. */
function watchBatches(world: IngestWorld, before: (statements: readonly SqlStatement[]) => Promise<void>): void {
  const sql = engineOf(world);
  const batch = sql.batch.bind(sql);
  Object.assign(sql, {
    batch: async (...given: Parameters<typeof batch>) => {
      await before(given[0]);
      return batch(...given);
    },
  });
}

const relocates = (statements: readonly SqlStatement[]): boolean =>
  statements.some(({ sql }) => /^UPDATE (documents|variants) SET storage_uri/.test(sql));

it("has a lease of a file in the root before it looks, and none when the rows name it", async () => {
  const world = await createWorld();
  const seen = new Set<string>();
  watchFile(world, async () => void seen.add(String(await leased(engineOf(world)))));
  expect(await run(world)).toEqual({ documents: 2, variants: 1, missing: 0, left: 0, findings: [] });
  expect([[...seen], await leased(engineOf(world))]).toEqual([[TO], []]);
  expect((await world.rows()).map(({ storageUri }) => storageUri)).toEqual([TO, TO]);
});

it("takes no lease for a rehearsal, nor of files outside of the root", async () => {
  const world = await createWorld();
  const texts: string[] = [];
  watchBatches(world, async (statements) => void texts.push(...statements.map(({ sql }) => sql)));
  expect(await run(world, { dryRun: true })).toMatchObject({ documents: 2, variants: 1 });
  const { fs } = world.context;
  await fs.rename("/root/new", "/outside");
  const context = { ...world.context, sql: engineOf(world) };
  await relocate(context, { from: "/root/old", to: "/outside" }, {});
  expect((await world.rows()).map(({ storageUri }) => storageUri)).toEqual(Array(2).fill("file:///outside/a"));
  expect(texts.filter((each) => each.includes("leases"))).toEqual([]);
});

it("points no row to a file that is collected at any step", async () => {
  let steps = 0;
  for (let at = 0; at <= steps; at++) {
    const world = await createWorld();
    let step = 0;
    const atStep = async (): Promise<void> => {
      if (step++ === at) await collect(world, TO);
    };
    watchFile(world, atStep);
    watchBatches(world, async (statements) => {
      if (relocates(statements)) await atStep();
    });
    const { documents, left, findings } = await run(world);
    steps = Math.max(steps, step);
    const named = (await world.rows()).filter(({ storageUri }) => storageUri === TO);
    expect([at, documents, left]).toEqual([at, named.length, findings.length]);
    if (named.length > 0) expect([at, await blobsOf(world)]).toEqual([at, ["hello", "hello"]]);
    expect(await leased(engineOf(world))).toEqual([]);
  }
  expect(steps).toBeGreaterThan(3);
});

it("looks again when somebody ends the lease, five times", async () => {
  for (const times of [4, 1000]) {
    const world = await createWorld();
    let ended = 0;
    watchBatches(world, async (statements) => {
      if (relocates(statements) && ended++ < times) await endLeases(engineOf(world));
    });
    const error = await run(world, { allowMissing: true }).catch((reason: unknown) => reason);
    if (times === 4) expect(error).toEqual({ documents: 2, variants: 1, missing: 0, left: 0, findings: [] });
    else expect(error).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("document 1") });
    expect(await leased(engineOf(world))).toEqual([]);
  }
});

it("counts a missing file once that it looked at twice", async () => {
  const world = await createWorld();
  await world.context.fs.unlink("/root/new/a");
  let ended = 0;
  watchBatches(world, async (statements) => {
    if (relocates(statements) && ended++ < 1) await endLeases(engineOf(world));
  });
  expect(await run(world, { allowMissing: true })).toMatchObject({ documents: 2, variants: 1, missing: 3, left: 0 });
});

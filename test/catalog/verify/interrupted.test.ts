import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { VerifyOptions } from "../../../src/catalog/verify/verify-options.ts";
import { CatalogError } from "../../../src/errors.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";
import { openEngine } from "../ingest/_ingest-world.ts";
import { pathOf, VerifyWorld } from "./_verify-world.ts";

/** A run of many lots that ends at each of them: what was told is written down, and the next run reads the rest, each once. */

const DAY_MS = 86_400_000;
const BLOBS = 70;
const UNIT = 32;

let world: VerifyWorld;
let catalog: Catalog;
let paths: ReadonlySet<string>;

beforeEach(async () => {
  world = new VerifyWorld();
  catalog = await world.open();
  const all: string[] = [];
  for (let n = 0; n < BLOBS; n++) all.push(pathOf(await world.ingest(catalog, `text ${n}`)));
  paths = new Set(all);
  // Each file takes a second, so that each unit is a lot.
  world.before = (call, path) => {
    if (call === "open" && paths.has(path)) world.wait(1000);
  };
});

afterEach(() => world.remove());

async function remembered(): Promise<readonly string[]> {
  return (await world.sql("SELECT uri FROM verifications ORDER BY uri")).map(([uri]) => String(uri));
}

/** The rest is read, and each blob once in all. */
async function requireRest(told: readonly string[]): Promise<void> {
  const before = await remembered();
  expect(before).toEqual(expect.arrayContaining([...told]));
  world.opened.length = 0;
  const { results, summary } = await world.verify(catalog, { maxAgeMs: DAY_MS });
  expect(new Set([...before, ...results.map(({ uri }) => uri)]).size).toBe(BLOBS);
  expect(results).toHaveLength(BLOBS - before.length);
  expect(world.opened.filter((path) => paths.has(path))).toHaveLength(BLOBS - before.length);
  expect(summary).toMatchObject({ ok: BLOBS - before.length, complete: true, left: 0 });
  expect(await remembered()).toHaveLength(BLOBS);
}

const LOTS = [1, 2];

describe("a run that ends at each of its lots", () => {
  it.each(LOTS)("because who listens has heard enough: %d", async (lots) => {
    const told: string[] = [];
    for await (const { uri } of catalog.verify()) {
      told.push(uri);
      if (told.length > (lots - 1) * UNIT) break;
    }
    await requireRest(told);
  });

  it.each(LOTS)("because it is aborted: %d", async (lots) => {
    const ending = new AbortController();
    const told: string[] = [];
    const options: VerifyOptions = { signal: ending.signal };
    const run = async (): Promise<void> => {
      for await (const { uri } of catalog.verify(options)) {
        told.push(uri);
        if (told.length > (lots - 1) * UNIT) ending.abort(new Error("enough"));
      }
    };
    // The last lot may be there already.
    await run().catch((error: unknown) => expect(error).toEqual(new Error("enough")));
    await requireRest(told);
  });

  it.each(LOTS)("because the catalog takes no more of them, as when the process is killed: %d", async (lots) => {
    const sql: SqlEngine = await openEngine(world.fs, `${world.folder}/a.sqlite`);
    let written = 0;
    const { engine } = await world.openOver({
      batch: async (statements, options) => {
        const isLot = statements.some((each) => each.sql.startsWith("INSERT INTO verifications"));
        if (isLot) written += 1;
        if (written < lots) return sql.batch(statements, options);
        throw new CatalogError("BACKEND", "Cannot write: the device is gone", { details: { what: "catalog" } });
      },
    });
    const { results, error } = await world.verify(engine);
    expect(error).toMatchObject({ code: "BACKEND" });
    expect((await remembered()).length).toBe(results.length);
    await sql.close();
    await requireRest(results.map(({ uri }) => uri));
  });
});

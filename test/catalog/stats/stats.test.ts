import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { CatalogContext } from "../../../src/catalog/context.ts";
import { MIGRATIONS } from "../../../src/catalog/migrations.gen.ts";
import { stats } from "../../../src/catalog/stats/stats.ts";
import type { DigestPool } from "../../../src/ports/digest-pool.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";
import { digestOf, openForTest, registrationOf } from "../_open-for-test.ts";
import { LedgerWorld } from "../ledger/_ledger-world.ts";

let catalog: Catalog;
beforeEach(async () => {
  catalog = await openForTest();
});
afterEach(() => catalog.close());

describe("stats", () => {
  it("of an empty catalog are zero", async () => {
    expect(await catalog.stats()).toMatchObject({
      documents: 0,
      bytes: 0,
      distinctBytes: 0,
      duplicateGroups: 0,
      largestGroup: 0,
      oldest: null,
      newest: null,
      byResolver: [],
      schemaVersion: MIGRATIONS.length,
    });
  });

  it("count documents, contents, groups and times", async () => {
    await catalog.registerMany([
      registrationOf(1, { sha256: digestOf("a"), bytes: 10, createdAt: "2025-01-01" }),
      registrationOf(1, { sha256: digestOf("a"), bytes: 10, resolver: "crossref", createdAt: "2025-01-03" }),
      registrationOf(2, { sha256: null, bytes: 5, contentType: null, createdAt: "2025-01-02" }),
    ]);
    await catalog.addVariant(1, { variant: "html", storageUri: "file:///x", bytes: 1 });
    await catalog.remove([3]);
    await catalog.registerOrGet(
      registrationOf(3, { sha256: null, bytes: 5, contentType: null, createdAt: "2025-01-02" }),
    );
    const found = await catalog.stats();
    expect(found).toMatchObject({
      documents: 3,
      variants: 1,
      artifacts: 2,
      bytes: 25,
      distinctBytes: 15,
      distinctHashes: 1,
      unhashed: 1,
      duplicateGroups: 1,
      largestGroup: 2,
      removals: 1,
      pins: 0,
      oldest: "2025-01-01T00:00:00.000Z",
      newest: "2025-01-03T00:00:00.000Z",
      byResolver: [
        { name: "unpaywall", documents: 2, bytes: 15 },
        { name: "crossref", documents: 1, bytes: 10 },
      ],
      byContentType: [
        { name: "application/pdf", documents: 2, bytes: 20 },
        { name: null, documents: 1, bytes: 5 },
      ],
      hasher: "wasm",
    });
    expect(found.engine).toMatch(/^sql\.js /);
    expect(found.catalogBytes).toBeGreaterThan(4096);
  });

  it("tell how much was verified, how well, and since when", async () => {
    const world = await LedgerWorld.open();
    const figures = async (): Promise<unknown> => {
      const { blobs, verifiedBlobs, intactBlobs, badBlobs, oldestCheck } = await world.catalog.stats();
      return [blobs, verifiedBlobs, intactBlobs, badBlobs, oldestCheck];
    };
    expect(await figures()).toEqual([0, 0, 0, 0, null]);
    await world.register([1, 2, 3, 4]);
    await world.register([1], { resolver: "another" });
    await world.catalog.addVariant(1, { variant: "html", storageUri: "s3://b/x", bytes: 1 });
    const first = world.now();
    await world.record(world.verified(1), world.missing(2));
    world.elapsedMs += 1;
    await world.record(world.verified(3, { strength: "size" }));
    expect(await figures()).toEqual([5, 3, 1, 1, first]);
    await world.run("UPDATE verifications SET checked_at = 'a' WHERE result = 'ok'");
    await world.run("UPDATE verifications SET checked_at = '1' WHERE result = 'missing'");
    expect(await figures()).toEqual([5, 3, 1, 1, null]);
    await world.catalog.close();
  });

  it("start a thread while rows are counted, and none any more when one was", async () => {
    const world = await LedgerWorld.open();
    const answers: DigestPool["how"][] = ["in_thread", "workers"];
    const calls: string[] = [];
    const openDigests = async (jobs?: number): Promise<DigestPool> => {
      calls.push(`open ${jobs}`);
      const pool = { how: answers.shift() ?? "in_thread", size: 1, digest: async () => [] };
      return { ...pool, close: async () => void calls.push("close") };
    };
    const sql: SqlEngine = Object.create(world.sql, {
      query: {
        value: (...given: Parameters<SqlEngine["query"]>) => {
          calls.push("query");
          return world.sql.query(...given);
        },
      },
      describe: { value: () => world.sql.describe() },
    });
    const context = { sql, hashers: { core: createWasmHasher() }, openDigests } as unknown as CatalogContext;
    const told: unknown[] = [];
    for (let time = 0; time < 3; time++) {
      told.push((await stats(context, {})).digests);
      const lines = calls.splice(0);
      told.push(lines.filter((call) => call !== "query").join(), lines.indexOf("query"));
    }
    expect(told).toEqual(["in_thread", "open 1,close", 1, "workers", "open 1,close", 1, "workers", "", 0]);
    await world.catalog.close();
  });

  it("start none when nobody waits for them any more", async () => {
    const signal = AbortSignal.abort(new Error("never mind"));
    const openDigests = (): never => expect.fail("a thread was started");
    await expect(stats({ openDigests } as unknown as CatalogContext, { signal })).rejects.toThrow("never mind");
  });
});

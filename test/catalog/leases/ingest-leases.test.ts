import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { type IngestWorld, openEngine, openWorld, type WorldOptions } from "../ingest/_ingest-world.ts";
import { abandoned, blobsOf, collect, endLeases, engineOf, leased, watchStore } from "./_lease-world.ts";

const LAYOUTS: readonly WorldOptions[] = [{ layout: "cas" }, { pathTemplate: "{basename}" }];

/** The key of a document that is stored several times. */
const KEY = { artifactId: "doi:10.1/a", sourceUrl: "https://example.org/a", basename: "a" };

async function removeAll(world: IngestWorld): Promise<void> {
  await world.catalog.remove((await world.rows()).map(({ id }) => id));
}

describe.each(LAYOUTS)("a lease of ingest, %o", (options) => {
  it("is seen by another process before the name is looked at, and ends with the row", async () => {
    const catalogFs = createMemoryFileSystem();
    const other = await openEngine(catalogFs, "/state/catalog.sqlite");
    const world = await openWorld({ ...options, catalogFs });
    const seen: string[] = [];
    watchStore(world, async (method, key) => {
      if (!key.startsWith(".")) seen.push(`${method} ${(await leased(other)).join()}`);
    });
    const { record } = await world.ingest("hello", KEY);
    expect(new Set(seen)).toEqual(new Set(["stat", "place", "syncName"].map((each) => `${each} ${record.storageUri}`)));
    expect(await leased(other)).toEqual([]);
    expect(await world.rows()).toEqual([record]);
    expect(await abandoned(other)).toEqual([]);
  });

  it("is taken anew when somebody has ended it", async () => {
    const world = await openWorld(options);
    let ended = 0;
    watchStore(world, async (method, key) => {
      if (method !== "syncName" || key.startsWith(".") || ended === 4) return;
      ended += 1;
      await endLeases(engineOf(world));
    });
    const result = await world.ingest("hello", KEY);
    expect(result).toMatchObject({ outcome: "created", placement: "stored", deduplicated: false });
    expect([ended, await blobsOf(world), await leased(engineOf(world))]).toEqual([4, ["hello"], []]);
  });

  it("gives up when somebody ends it each time", async () => {
    const world = await openWorld(options);
    watchStore(world, async (method) => {
      if (method === "syncName") await endLeases(engineOf(world));
    });
    const error = await world.ingest("hello", KEY).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("others ended its lease") });
    expect(error).toMatchObject({ hint: expect.stringContaining("lease_ttl") });
    expect([await world.rows(), await leased(engineOf(world))]).toEqual([[], []]);
  });

  it("keeps a known blob whose row is removed, and which is collected, at any step", async () => {
    let steps = 0;
    for (let at = 0; at <= steps; at++) {
      const world = await openWorld(options);
      const { record } = await world.ingest("hello", KEY);
      let step = 0;
      watchStore(world, async (_method, key) => {
        if (key.startsWith(".") || step++ !== at) return;
        await removeAll(world);
        await collect(world, record.storageUri);
      });
      await world.ingest("hello", KEY);
      steps = Math.max(steps, step);
      expect([at, await blobsOf(world), await leased(engineOf(world))]).toEqual([at, ["hello"], []]);
    }
    expect(steps).toBeGreaterThanOrEqual(2);
  });

  it("keeps bytes that come back, by any key, from being collected at any step", async () => {
    let steps = 0;
    for (let at = 0; at <= steps; at++) {
      const world = await openWorld(options);
      const { record } = await world.ingest("hello", KEY);
      await removeAll(world);
      let step = 0;
      watchStore(world, async (_method, key) => {
        if (!key.startsWith(".") && step++ === at) await collect(world, record.storageUri);
      });
      await world.ingest("hello", { basename: "a" });
      steps = Math.max(steps, step);
      expect([at, await blobsOf(world)]).toEqual([at, ["hello"]]);
    }
    expect(steps).toBeGreaterThanOrEqual(2);
  });

  it("gives a row whose blob was lost its new place in the same batch", async () => {
    const world = await openWorld(options);
    const { record } = await world.ingest("hello", KEY);
    await world.context.fs.unlink(new URL(record.storageUri).pathname);
    const uris: unknown[] = [];
    const sql = engineOf(world);
    const batch = sql.batch.bind(sql);
    Object.assign(sql, {
      batch: async (...given: Parameters<typeof batch>) => {
        const results = await batch(...given);
        const rows = await sql.query({ sql: "SELECT storage_uri FROM documents" });
        uris.push(`${rows.flat().join()} ${(await leased(sql)).length}`);
        return results;
      },
    });
    const moved = await world.ingest("hello", { ...KEY, basename: "b" });
    const to = moved.record.storageUri;
    expect(moved).toMatchObject({ outcome: "found", placement: "stored" });
    expect(await blobsOf(world)).toEqual(["hello"]);
    // At no moment is there neither a lease nor a row that names the new place.
    expect(uris.slice(-2)).toEqual([`${record.storageUri} 1`, `${to} 0`]);
  });

  it("is another one than that of another catalog for the same place", async () => {
    const fs = createMemoryFileSystem();
    const [one, other] = [await openWorld({ ...options, fs }), await openWorld({ ...options, fs })];
    const during: unknown[] = [];
    watchStore(one, async (method, key) => {
      if (method !== "syncName" || key.startsWith(".")) return;
      const before = await leased(engineOf(one));
      await other.ingest("hello", KEY);
      during.push([before.length, await leased(engineOf(one)), await leased(engineOf(other))]);
    });
    const { record } = await one.ingest("hello", KEY);
    expect(during).toEqual([[1, [record.storageUri], []]]);
    expect([await blobsOf(one), await blobsOf(other)]).toEqual([["hello"], ["hello"]]);
    expect((await other.rows()).map(({ storageUri }) => storageUri)).toEqual([record.storageUri]);
    expect(await leased(engineOf(one))).toEqual([]);
  });

  it("uses up no id for a row that is known", async () => {
    const world = await openWorld(options);
    for (let n = 0; n < 3; n++) await world.ingest("hello", KEY);
    expect((await world.ingest("other", { artifactId: "b" })).record.id).toBe(2);
  });

  it("leaves nothing when placing fails, and says what it leaves when registering does", async () => {
    const world = await openWorld(options);
    watchStore(world, async (method, key) => {
      if (method === "place" && !key.startsWith(".")) throw new Error("no place");
    });
    await expect(world.ingest("hello", KEY)).rejects.toThrow("no place");
    expect([await leased(engineOf(world)), await world.files()]).toEqual([[], {}]);
    const other = await openWorld(options);
    const sql = engineOf(other);
    const batch = sql.batch.bind(sql);
    Object.assign(sql, {
      batch: async (...given: Parameters<typeof batch>) => {
        if (given[0].some((each) => each.sql.startsWith("INSERT INTO documents"))) throw new Error("no row");
        return batch(...given);
      },
    });
    await expect(other.ingest("hello", KEY)).rejects.toThrow("no row");
    expect(await leased(sql)).toEqual([]);
    const [[uri, origin, sha256, bytes, identity] = []] = await abandoned(sql);
    expect([origin, bytes, String(sha256).length]).toEqual(["placed", 5, 64]);
    const stat = await other.context.fs.stat(new URL(String(uri)).pathname);
    expect(identity).toBe(options.layout === "cas" ? null : stat?.identity);
  });

  it("ends when the row keeps other bytes, and leaves those that it did not take on record", async () => {
    const world = await openWorld(options);
    let others = 0;
    watchStore(world, async (method, key) => {
      // Another process is faster, with other bytes for the same key.
      if (method !== "syncName" || key.startsWith(".") || others++ > 0) return;
      await world.ingest("other", { ...KEY, basename: "b" });
    });
    expect(await world.ingest("hello", KEY)).toMatchObject({ outcome: "kept", contentChanged: true });
    expect([await blobsOf(world), await leased(engineOf(world))]).toEqual([["other"], []]);
    expect((await abandoned(engineOf(world))).length).toBe(1);
  });
});

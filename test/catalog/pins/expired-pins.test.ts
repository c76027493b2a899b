import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { endExpiredPinsQuietly } from "../../../src/catalog/pins/end-expired-pins.ts";
import { collect, registrationOf } from "../_open-for-test.ts";
import { CollectWorld } from "../collect/_collect-world.ts";
import { openEngine } from "../ingest/_ingest-world.ts";

let world: CollectWorld;
beforeEach(() => {
  world = new CollectWorld();
});
afterEach(() => world.close());

/** A catalog with a row that is pinned for a day. */
async function openPinned(): Promise<Catalog> {
  const catalog = await world.open();
  await world.ingest(catalog, "in the root");
  await catalog.registerMany([registrationOf(1), registrationOf(2)]);
  const until = new Date(world.clock.now() + 86_400_000).toISOString();
  await catalog.pin({ document: 2 }, { reason: "x", until });
  return catalog;
}

describe("a pin whose time is over", () => {
  const uses: Readonly<Record<string, (catalog: Catalog) => Promise<unknown>>> = {
    "rows are removed": (catalog) => catalog.remove([3]),
    "a checkpoint": (catalog) => catalog.checkpoint(),
    "a collection is planned": (catalog) => catalog.planCollect(),
    "a plan is applied": async (catalog) => {
      const plan = await catalog.planCollect({ dryRun: true });
      expect(await collect(catalog.listPins())).toHaveLength(1);
      return catalog.apply(plan);
    },
  };

  it.each(Object.entries(uses))("ends before %s", async (_what, use) => {
    const catalog = await openPinned();
    world.wait(1);
    expect(await collect(catalog.listPins())).toHaveLength(1);
    await use(catalog);
    expect(await collect(catalog.listPins())).toEqual([]);
  });

  it("ends when the catalog is opened for writing, and not for reading", async () => {
    await (await openPinned()).close();
    world.wait(1);
    const reading = await world.open("a", "read");
    expect(await collect(reading.listPins())).toHaveLength(1);
    await expect(reading.pin({ document: 1 }, { reason: "x" })).rejects.toMatchObject({ code: "READ_ONLY" });
    await expect(reading.unpin({ document: 2 })).rejects.toMatchObject({ code: "READ_ONLY" });
    await reading.close();
    const writing = await world.open();
    expect(await collect(writing.listPins())).toEqual([]);
    expect(await writing.remove([2])).toHaveLength(1);
  });

  it("holds its row until then, whatever the clock says", async () => {
    const catalog = await openPinned();
    world.wait(1);
    const replacing = catalog.registerOrGet(registrationOf(1, { bytes: 1 }), { onChange: "replace" });
    await expect(replacing).rejects.toMatchObject({ code: "REFUSED", details: { guard: "pinned" } });
  });

  it("may end another time where that fails", async () => {
    const sql = await openEngine();
    const told: string[] = [];
    const logger = { log: (_level: string, message: string) => void told.push(message) };
    await endExpiredPinsQuietly({ sql, clock: systemClock, logger });
    await sql.close();
    await endExpiredPinsQuietly({ sql, clock: systemClock, logger });
    expect(told).toEqual(["Could not end pins whose time is over"]);
  });
});

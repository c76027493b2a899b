import { beforeEach, describe, expect, it } from "vitest";
import type { RestoredThing } from "../../../src/catalog/restore/restore-options.ts";
import type { Tombstone } from "../../../src/catalog/tombstones/tombstone.ts";
import { collect } from "../_open-for-test.ts";
import { hashOf, KEY, type OriginWorld, openOriginWorld } from "../origins/_origin-world.ts";

let world: OriginWorld;
beforeEach(async () => {
  world = await openOriginWorld();
});

function tombstones(): Promise<readonly Tombstone[]> {
  return collect(world.catalog.listTombstones());
}

/** Ingests a text, and removes it on purpose. */
async function ingestAndRemove(text = "one"): Promise<string> {
  await world.ingest(text);
  const [removed] = await world.catalog.remove([(await world.row()).id], { reason: "withdrawn" });
  return removed?.operationId ?? "";
}

const REMOVED = { removedBefore: { removedAt: expect.any(String), verb: "remove", reason: "withdrawn" } };

describe("who wants bytes again that were removed on purpose gets them, is told, and ends that", () => {
  it("by ingest", async () => {
    await ingestAndRemove();
    const again = await world.catalog.ingest(new TextEncoder().encode("one"), KEY);
    expect(again).toMatchObject({ outcome: "created", ...REMOVED });
    expect(await tombstones()).toEqual([]);
    expect(await world.catalog.ingest(new TextEncoder().encode("one"), KEY)).not.toHaveProperty("removedBefore");
  });

  it("by ingest of a change, and not where what is there is kept", async () => {
    await ingestAndRemove();
    const bytes = new TextEncoder().encode("one");
    expect(await world.catalog.ingest(new TextEncoder().encode("two"), KEY)).not.toHaveProperty("removedBefore");
    expect(await world.catalog.ingest(bytes, KEY)).not.toHaveProperty("removedBefore");
    expect(await tombstones()).toHaveLength(1);
    expect(await world.catalog.ingest(bytes, KEY, { onChange: "variant" })).toMatchObject(REMOVED);
    expect(await tombstones()).toEqual([]);
  });

  it("by finalize", async () => {
    await ingestAndRemove();
    await world.write("/tmp/x", "one");
    expect(await world.catalog.finalize("/tmp/x", KEY)).toMatchObject(REMOVED);
    expect(await tombstones()).toEqual([]);
  });

  it("by registerOrGet, by what is known of the bytes", async () => {
    const registration = { ...KEY, storageUri: "s3://b/x", bytes: 3 };
    await ingestAndRemove();
    const other = await world.catalog.registerOrGet({ ...registration, artifactId: "other" });
    expect(other).not.toHaveProperty("removedBefore");
    expect(await world.catalog.registerOrGet({ ...registration, bytes: 4 })).not.toHaveProperty("removedBefore");
    await world.catalog.remove([(await world.row()).id]);
    const [last] = (await tombstones()).slice(-1);
    expect(last).toMatchObject({ sha256: null, bytes: 4, paths: [] });
    const sha256 = await hashOf("one");
    expect(await world.catalog.registerOrGet({ ...registration, sha256 })).toMatchObject(REMOVED);
    expect(await tombstones()).toMatchObject([{ bytes: 4 }]);
    // What has no hash may be these bytes.
    expect(await world.catalog.registerOrGet({ ...registration, bytes: 4 })).not.toHaveProperty("removedBefore");
    expect(await world.catalog.registerOrGet({ ...registration, bytes: 4 }, { onChange: "replace" })).toMatchObject({
      removedBefore: { reason: null },
    });
    expect(await tombstones()).toEqual([]);
  });

  it("by restore, with the variants", async () => {
    await world.ingest("one");
    await world.ingest("two", "variant");
    const { id } = await world.row();
    await world.run({
      sql: "INSERT INTO variants (document_id, variant, storage_uri, created_at) VALUES (?, 'text', ?, ?)",
      parameters: [id, (await world.row()).storageUri, "2026-01-01T00:00:00.000Z"],
    });
    const [removed] = await world.catalog.remove([id], { reason: "withdrawn" });
    expect(await tombstones()).toHaveLength(2);
    const plan = removed?.operationId ?? "";
    for (const apply of [false, true]) {
      const restored: RestoredThing[] = [];
      await world.catalog.restore({ plan }, { apply, onRestored: (thing) => void restored.push(thing) });
      expect(restored).toMatchObject([REMOVED, REMOVED, { removedBefore: null }]);
    }
    expect(await tombstones()).toEqual([]);
  });
});

describe("the list of tombstones", () => {
  it("has all that is known, in order", async () => {
    expect(await tombstones()).toEqual([]);
    await world.write("/files/x", "one");
    await world.add("/files/x", "none");
    const [removed] = await world.catalog.remove([(await world.row()).id]);
    expect(await tombstones()).toEqual([
      {
        id: 1,
        ...KEY,
        sha256: await hashOf("one"),
        bytes: 3,
        removedAt: expect.any(String),
        verb: "remove",
        operationId: removed?.operationId,
        reason: null,
        paths: ["/files/x"],
      },
    ]);
  });

  it("goes on over pages, and knows what retention removed", async () => {
    const statements = Array.from({ length: 257 }, (_, at) => ({
      sql: `INSERT INTO tombstones (artifact_id, source_url, resolver, bytes, removed_at, verb)
        VALUES (?, 'u', 'r', 1, '2026-01-01T00:00:00.000Z', 'retention')`,
      parameters: [`id:${at}`],
    }));
    await world.run(...statements);
    const all = await tombstones();
    expect(all).toHaveLength(257);
    expect(all.at(-1)).toMatchObject({ artifactId: "id:256", verb: "retention", operationId: null, paths: [] });
  });
});

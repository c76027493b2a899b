import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseStorageUri } from "../../../src/core/storage-uri.ts";
import { collect } from "../_open-for-test.ts";
import { KEY, type OriginWorld, openOriginWorld } from "../origins/_origin-world.ts";

let world: OriginWorld;
beforeEach(async () => {
  world = await openOriginWorld();
});
afterEach(() => world.catalog.close());

/** Where the pins on places are. */
async function pinnedPlaces(): Promise<readonly string[]> {
  return (await collect(world.catalog.listPins())).map(({ target }) => target);
}

/** Whether the row of the world is held. */
async function expectHeld(): Promise<void> {
  await expect(world.catalog.remove([1])).rejects.toMatchObject({ code: "REFUSED", details: { guard: "pinned" } });
}

describe("a pin on a place follows its bytes", () => {
  it("when the file is relocated", async () => {
    await world.write("/old/x.txt", "bytes");
    await world.runImport("/old/x.txt");
    await world.catalog.pin({ path: "/old/x.txt" }, { reason: "x" });
    await world.write("/new/x.txt", "bytes");
    await world.catalog.relocate({ from: "/old", to: "/new" });
    expect(await pinnedPlaces()).toEqual(["file:///new/x.txt"]);
    await expectHeld();
  });

  it("and not where a pin is there already, nor with a row that stays", async () => {
    await world.write("/old/x.txt", "bytes");
    await world.runImport("/old/x.txt");
    await world.register("file:///new/x.txt", "other");
    await world.run({
      sql: "INSERT INTO documents (artifact_id, source_url, resolver, bytes, storage_uri, created_at, updated_at) VALUES ('b', 'b', 'b', 5, ?, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')",
      parameters: ["file:///new/x.txt"],
    });
    for (const path of ["/old/x.txt", "/new/x.txt"]) await world.catalog.pin({ path }, { reason: path });
    await world.write("/new/x.txt", "bytes");
    await world.catalog.relocate({ from: "/old", to: "/new" });
    expect(await pinnedPlaces()).toEqual(["file:///old/x.txt", "file:///new/x.txt"]);
  });

  it("when the file is taken into the store", async () => {
    await world.write("/in/x.txt", "bytes");
    await world.catalog.add([{ path: "/in/x.txt", meta: KEY }], { into: "none" });
    await world.catalog.pin({ path: "/in/x.txt" }, { reason: "x" });
    await world.catalog.add([{ path: "/in/x.txt", meta: KEY }], { into: "copy" });
    const { storageUri } = await world.row();
    expect(storageUri).toContain("/root/");
    expect(await pinnedPlaces()).toEqual([storageUri]);
    await expectHeld();
  });

  it("when they were lost, and come again at another place", async () => {
    await world.write("/old/x.txt", "bytes");
    await world.runImport("/old/x.txt");
    await world.catalog.pin({ path: "/old/x.txt" }, { reason: "x" });
    await world.fs.unlink("/old/x.txt");
    await world.write("/new/x.txt", "bytes");
    await world.runImport("/new/x.txt");
    expect(await pinnedPlaces()).toEqual(["file:///new/x.txt"]);
    await expectHeld();
  });

  it("when they were lost in the store, and are ingested again", async () => {
    await world.write("/in/x.txt", "bytes");
    await world.runImport("/in/x.txt");
    await world.catalog.pin({ path: "/in/x.txt" }, { reason: "x" });
    await world.fs.unlink("/in/x.txt");
    const uri = await world.ingest("bytes");
    expect(await pinnedPlaces()).toEqual([uri]);
    await expectHeld();
  });

  it("by whatever text a row names it", async () => {
    await world.write("/data/x y.txt", "bytes");
    await world.runImport("/data/x y.txt", { html_paths: [] });
    await world.run({
      sql: "UPDATE documents SET storage_uri = ?",
      parameters: ["file:///data/./x%20y.txt"],
    });
    await world.run({
      sql: "INSERT INTO variants (document_id, variant, storage_uri, created_at) VALUES (1, 'v', ?, '2026-01-01T00:00:00.000Z')",
      parameters: ["file:///data/../data/x%20y.txt"],
    });
    await world.catalog.pin({ path: "/data/x y.txt" }, { reason: "x" });
    expect(await pinnedPlaces()).toEqual(["file:///data/x%20y.txt"]);
    expect(await world.row()).toMatchObject({ storageUri: "file:///data/x%20y.txt" });
    expect((await world.catalog.listVariants(1))[0]).toMatchObject({ storageUri: "file:///data/x%20y.txt" });
    await expectHeld();
  });
});

describe("a pin on an artifact", () => {
  it("follows when the secrets of its id go", async () => {
    const secret = "https://example.org/x?token=abcdefghijklmnopqrstuvwxyz0123456789";
    await world.ingest("bytes");
    await world.run({
      sql: "UPDATE documents SET artifact_id = ?, source_url = ?",
      parameters: [secret, secret],
    });
    await world.run({
      sql: "INSERT INTO pins (kind, target, reason, pinned_at) VALUES ('artifact', ?, 'x', '2026')",
      parameters: [secret],
    });
    const uri = parseStorageUri("file:///elsewhere");
    const key = { artifactId: secret, sourceUrl: secret, resolver: KEY.resolver, storageUri: uri, bytes: 5 };
    const { record } = await world.catalog.registerOrGet(key);
    expect(record.artifactId).not.toContain("abcdef");
    expect(await pinnedPlaces()).toEqual([record.artifactId]);
    await expectHeld();
  });
});

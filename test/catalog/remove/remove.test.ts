import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openForTest, registrationOf } from "../_open-for-test.ts";
import { KEY, openOriginWorld } from "../origins/_origin-world.ts";

let catalog: Catalog;
beforeEach(async () => {
  catalog = await openForTest();
  await catalog.registerMany([registrationOf(1), registrationOf(2)]);
  await catalog.addVariant(1, { variant: "html", storageUri: "file:///x", bytes: 1 });
});
afterEach(() => catalog.close());

describe("remove", () => {
  it("takes documents with their variants and records every row", async () => {
    const removed = await catalog.remove([1, 1], { reason: "wrong paper" });
    expect(removed).toMatchObject([{ record: { id: 1, artifactId: "doi:10.1/1" }, variants: 1 }]);
    expect(await catalog.findById(1)).toBeUndefined();
    expect(await catalog.listVariants(1)).toEqual([]);
    expect(await catalog.stats()).toMatchObject({ documents: 1, variants: 0, removals: 2 });
  });

  it("never uses an id again", async () => {
    await catalog.remove([2]);
    const { record } = await catalog.registerOrGet(registrationOf(2));
    expect(record.id).toBe(3);
  });

  it("removes none when one is not there", async () => {
    await expect(catalog.remove([1, 99])).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(catalog.remove([0])).rejects.toThrow(RangeError);
    expect((await catalog.stats()).documents).toBe(2);
    expect(await catalog.remove([])).toEqual([]);
  });
});

describe("what is on record about a removed row", () => {
  it("has the operation, the id of each variant, and the files that the bytes came from", async () => {
    const world = await openOriginWorld();
    await world.write("/downloads/x.txt", "the bytes");
    await world.write("/downloads/x.html", "the page");
    const { artifactId } = KEY;
    await world.catalog.add([{ path: "/downloads/x.txt", meta: KEY }]);
    const { id } = await world.row();
    const { record } = await world.catalog.addVariant(id, { variant: "html", storageUri: "file:///x", bytes: 1 });
    await world.run({
      sql: "INSERT INTO sources (path, document_id, variant) VALUES (?, ?, ?)",
      parameters: ["/downloads/x.html", id, "html"],
    });
    const [removed] = await world.catalog.remove([id]);
    expect(removed?.operationId).toMatch(/^[0-9a-f]{32}$/);
    const lines = await world.query("SELECT plan, record FROM removals ORDER BY id");
    expect(lines.map(([plan]) => plan)).toEqual([removed?.operationId, removed?.operationId]);
    const [document, ofVariant] = lines.map(([, record]) => JSON.parse(String(record)));
    expect(document).toMatchObject({ id, artifact_id: artifactId, sources: ["/downloads/x.txt"] });
    expect(document).not.toHaveProperty("variant_id");
    expect(ofVariant).toMatchObject({ id, variant_id: record.id, sources: ["/downloads/x.html"] });
    await world.catalog.close();
  });

  it("has another operation each time, and no files where none are known", async () => {
    const world = await openOriginWorld();
    const [one, two] = await world.catalog.registerMany([registrationOf(1), registrationOf(2)]);
    const [first] = await world.catalog.remove([one?.record.id ?? 0]);
    const [second] = await world.catalog.remove([two?.record.id ?? 0]);
    expect(first?.operationId).not.toBe(second?.operationId);
    expect(String(await world.query("SELECT record FROM removals"))).not.toContain("sources");
    await world.catalog.close();
  });
});

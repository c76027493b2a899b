import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openForTest, registrationOf } from "../_open-for-test.ts";

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

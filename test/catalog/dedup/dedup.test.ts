import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { digestOf, openForTest, registrationOf } from "../_open-for-test.ts";

let catalog: Catalog;
beforeEach(async () => {
  catalog = await openForTest();
});
afterEach(() => catalog.close());

describe("findDuplicates", () => {
  it("groups by bytes, what wastes most first", async () => {
    const same = (sha256: string, bytes: number, storageUri?: string) => ({
      sha256,
      bytes,
      ...(storageUri && { storageUri }),
    });
    await catalog.registerMany([
      registrationOf(1, same(digestOf("a"), 10)),
      registrationOf(2, same(digestOf("a"), 10)),
      registrationOf(3, same(digestOf("b"), 1000, "file:///shared")),
      registrationOf(4, same(digestOf("b"), 1000, "file:///shared")),
      registrationOf(5, same(digestOf("c"), 500)),
      registrationOf(6, { sha256: null }),
      registrationOf(7, { sha256: null }),
      registrationOf(8, same(digestOf("a"), 10)),
    ]);
    const groups = await catalog.findDuplicates();
    expect(
      groups.map(({ sha256, bytes, blobs, reclaimableBytes }) => [sha256[0], bytes, blobs, reclaimableBytes]),
    ).toEqual([
      ["a", 10, 3, 20],
      ["b", 1000, 1, 0],
    ]);
    expect(groups[0]?.records.map(({ id }) => id)).toEqual([1, 2, 8]);
    expect(await catalog.findDuplicates({ minBytes: 11 })).toHaveLength(1);
    expect(await catalog.findDuplicates({ limit: 1 })).toHaveLength(1);
  });
});

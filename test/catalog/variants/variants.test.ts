import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { digestOf, openForTest, registrationOf } from "../_open-for-test.ts";

let catalog: Catalog;
beforeEach(async () => {
  catalog = await openForTest();
});
afterEach(() => catalog.close());

describe("addVariant", () => {
  const html = { variant: "html", storageUri: "file:///data/1.html", bytes: 10, sha256: digestOf("a") };

  it("creates, finds and keeps by name", async () => {
    const { record } = await catalog.registerOrGet(registrationOf(1));
    const created = await catalog.addVariant(record.id, html);
    expect(created).toMatchObject({
      outcome: "created",
      record: { variant: "html", documentId: 1, contentType: null },
    });
    expect(await catalog.addVariant(record.id, html)).toMatchObject({ outcome: "found", contentChanged: false });
    const other = await catalog.addVariant(record.id, { ...html, bytes: 11 });
    expect(other).toMatchObject({
      outcome: "kept",
      contentChanged: true,
      offered: { bytes: 11 },
      record: { bytes: 10 },
    });
    expect(await catalog.listVariants(record.id)).toEqual([created.record]);
  });

  it("goes by the hash alone while a size is not known", async () => {
    const { record } = await catalog.registerOrGet(registrationOf(1));
    const unseen = { ...html, bytes: null, sha256: null };
    expect((await catalog.addVariant(record.id, unseen)).record.bytes).toBeNull();
    expect(await catalog.addVariant(record.id, html)).toMatchObject({ outcome: "found", unverified: true });
  });

  it("refuses a document that is not there", async () => {
    await expect(catalog.addVariant(7, html)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(catalog.addVariant(0, html)).rejects.toThrow("Cannot use id 0");
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { insertDocument } from "../../../src/catalog/register/register-statements.ts";
import { parseRegistration } from "../../../src/core/document.ts";
import { parseTimestamp } from "../../../src/core/timestamp.ts";
import { collect, digestOf, openForTest, registrationOf } from "../_open-for-test.ts";
import { openWorld } from "../ingest/_ingest-world.ts";

let catalog: Catalog;
beforeEach(async () => {
  catalog = await openForTest();
});
afterEach(() => catalog.close());

describe("look-ups", () => {
  beforeEach(async () => {
    await catalog.registerMany([
      registrationOf(1),
      registrationOf(1, { sourceUrl: "https://mirror.example.org/1", resolver: "crossref" }),
      registrationOf(2, { runId: "run-2" }),
    ]);
  });

  const ids = (records: readonly { id: number }[]): number[] => records.map(({ id }) => id);

  it("go by id", async () => {
    expect((await catalog.getById(2)).resolver).toBe("crossref");
    expect(await catalog.findById(9)).toBeUndefined();
    await expect(catalog.getById(9)).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("9"),
    });
    await expect(catalog.getById(1.5)).rejects.toThrow(RangeError);
  });

  it("go by artifact, URL, run and hash", async () => {
    expect(ids(await catalog.listByArtifact("doi:10.1/1"))).toEqual([1, 2]);
    expect(ids(await catalog.listByUrl("https://example.org/2"))).toEqual([3]);
    expect(ids(await catalog.listByRun("run-1"))).toEqual([1, 2]);
    expect(ids(await catalog.listBySha256(digestOf("1").toUpperCase()))).toEqual([1, 2]);
    expect(await catalog.listByArtifact("none")).toEqual([]);
    await expect(catalog.listBySha256("1111")).rejects.toThrow(SyntaxError);
    await expect(catalog.listByRun("")).rejects.toThrow(TypeError);
  });

  it("find names that are longer than would be stored now", async () => {
    const world = await openWorld();
    const long = "x".repeat(5000);
    const now = parseTimestamp(0);
    const record = { ...parseRegistration(registrationOf(1), now), artifactId: long, sourceUrl: long, runId: long };
    await world.context.sql?.batch([insertDocument(record, { now })]);
    expect(await world.catalog.listByArtifact(long)).toHaveLength(1);
    expect(await world.catalog.listByUrl(long)).toHaveLength(1);
    expect(await world.catalog.listByRun(long)).toHaveLength(1);
    const query = { artifactId: long, sourceUrl: long, runId: long, storageUriPrefix: record.storageUri };
    expect(await collect(world.catalog.search(query))).toHaveLength(1);
    expect(await collect(world.catalog.search({ storageUriPrefix: `file:///${long}` }))).toEqual([]);
  });

  it("go by the start of a hash, for documents and variants", async () => {
    await catalog.addVariant(3, { variant: "html", storageUri: "file:///x", bytes: 1, sha256: digestOf("1") });
    expect(ids(await catalog.findByHashPrefix("11111"))).toEqual([1, 2]);
    expect(ids(await catalog.findByHashPrefix("2222"))).toEqual([3]);
    expect((await catalog.findVariantsByHashPrefix("1111"))[0]).toMatchObject({ documentId: 3, variant: "html" });
    expect(await catalog.findByHashPrefix("ffff")).toEqual([]);
    await expect(catalog.findByHashPrefix("11")).rejects.toThrow("4 to 64");
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { collect, digestOf, openForTest, registrationOf } from "../_open-for-test.ts";

let catalog: Catalog;
beforeEach(async () => {
  catalog = await openForTest();
});
afterEach(() => catalog.close());

describe("registerOrGet", () => {
  it("creates a frozen record and gives it again for the same key and bytes", async () => {
    const first = await catalog.registerOrGet(registrationOf(1));
    expect(first).toMatchObject({ outcome: "created", contentChanged: false });
    expect(first.record).toMatchObject({ id: 1, artifactId: "doi:10.1/1", bytes: 101, sha256: digestOf("1") });
    expect(Object.isFrozen(first.record)).toBe(true);
    expect(Object.keys(first.record)).toHaveLength(11);
    const second = await catalog.registerOrGet(registrationOf(1));
    expect(second).toEqual({ record: first.record, outcome: "found", missing: true, contentChanged: false });
  });

  it("takes a registration with only what is needed", async () => {
    const { record } = await catalog.registerOrGet({
      artifactId: "a",
      sourceUrl: "u",
      resolver: "r",
      bytes: 0,
      storageUri: "s3://bucket/key",
    });
    expect(record).toMatchObject({ contentType: null, sha256: null, runId: null, bytes: 0 });
    expect(record.createdAt).toBe(record.updatedAt);
  });

  it("fills in a hash and type that the row lacks, for the same blob only", async () => {
    const bare = registrationOf(1, { sha256: null, contentType: null });
    await catalog.registerOrGet(bare);
    const elsewhere = await catalog.registerOrGet(registrationOf(1, { storageUri: "file:///other" }));
    expect(elsewhere).toMatchObject({ outcome: "found", record: { sha256: null, contentType: null } });
    const completed = await catalog.registerOrGet(registrationOf(1));
    expect(completed).toMatchObject({ outcome: "completed", contentChanged: false });
    expect(completed.record).toMatchObject({ sha256: digestOf("1"), contentType: "application/pdf" });
    expect((await catalog.registerOrGet(bare)).outcome).toBe("found");
  });

  it("refuses what is no registration and stores nothing", async () => {
    await expect(catalog.registerOrGet(registrationOf(1, { bytes: -1 }))).rejects.toThrow(RangeError);
    await expect(catalog.registerOrGet(registrationOf(1), { onChange: "x" as "keep" })).rejects.toThrow("onChange");
    expect((await catalog.stats()).documents).toBe(0);
  });

  it("gives one row to any number of concurrent callers", async () => {
    const results = await Promise.all(Array.from({ length: 50 }, () => catalog.registerOrGet(registrationOf(7))));
    expect(new Set(results.map(({ record }) => record.id))).toEqual(new Set([1]));
    expect(results.filter(({ outcome }) => outcome === "created")).toHaveLength(1);
  });

  it("stops before it begins when the signal is aborted", async () => {
    const reason = new Error("enough");
    await expect(catalog.registerOrGet(registrationOf(1), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect((await catalog.stats()).documents).toBe(0);
  });
});

describe("onChange", () => {
  const changed = registrationOf(1, { sha256: digestOf("f"), bytes: 999, storageUri: "file:///new", runId: "run-2" });

  beforeEach(async () => {
    await catalog.registerOrGet(registrationOf(1));
  });

  it("keep leaves the row and names the bytes that were offered", async () => {
    const result = await catalog.registerOrGet(changed);
    expect(result).toMatchObject({
      outcome: "kept",
      contentChanged: true,
      offered: { sha256: digestOf("f"), bytes: 999 },
    });
    expect(result.record).toMatchObject({ sha256: digestOf("1"), storageUri: "file:///data/1.pdf" });
  });

  it("replace takes the new bytes and records what was there", async () => {
    const result = await catalog.registerOrGet(changed, { onChange: "replace" });
    expect(result).toMatchObject({ outcome: "replaced", contentChanged: true });
    expect(result.record).toMatchObject({
      id: 1,
      sha256: digestOf("f"),
      bytes: 999,
      storageUri: "file:///new",
      runId: "run-2",
    });
    expect((await catalog.stats()).removals).toBe(1);
    expect((await catalog.registerOrGet(changed, { onChange: "replace" })).outcome).toBe("found");
    expect((await catalog.stats()).removals).toBe(1);
  });

  it("variant files the new bytes beside the old ones, once", async () => {
    const result = await catalog.registerOrGet(changed, { onChange: "variant" });
    expect(result).toMatchObject({ outcome: "variant", contentChanged: true, record: { sha256: digestOf("1") } });
    expect(result.variant).toMatchObject({ variant: "changed-ffffffffffffffff", documentId: 1, bytes: 999 });
    await catalog.registerOrGet(changed, { onChange: "variant" });
    expect(await catalog.listVariants(1)).toHaveLength(1);
  });

  it("tells other bytes by size where a hash is not known", async () => {
    const sameSize = await catalog.registerOrGet(registrationOf(1, { sha256: null }));
    expect(sameSize.outcome).toBe("found");
    const otherSize = await catalog.registerOrGet(registrationOf(1, { sha256: null, bytes: 5 }), {
      onChange: "variant",
    });
    expect(otherSize.variant?.variant).toMatch(/^changed-5-bytes-[0-9a-f]{10}$/);
  });
});

describe("bytes that nobody compared", () => {
  const place = "file:///elsewhere";

  it.each([
    [null, digestOf("1"), "file:///data/1.pdf", "completed"],
    [digestOf("1"), null, "file:///data/1.pdf", "found"],
    [null, null, "file:///data/1.pdf", "found"],
    [null, digestOf("1"), place, "found"],
    [digestOf("1"), null, place, "found"],
    [null, null, place, "found"],
  ])("%s on record, %s offered at %s: unverified, never equal", async (sha256, offered, storageUri, outcome) => {
    await catalog.registerOrGet(registrationOf(1, { sha256 }));
    const result = await catalog.registerOrGet(registrationOf(1, { sha256: offered, storageUri }));
    expect(result).toMatchObject({ outcome, unverified: true, contentChanged: false });
    // The hash of other bytes is not written to the row.
    const isOnePlace = storageUri !== place;
    expect(result.record.sha256).toBe(sha256 ?? (isOnePlace ? offered : null));
  });

  it.each([
    ["replace", [place]],
    ["variant", ["file:///data/1.pdf", place]],
  ] as const)("lose no place with %s", async (onChange, expected) => {
    await catalog.registerOrGet(registrationOf(1, { sha256: null }));
    const offered = registrationOf(1, { sha256: null, storageUri: place });
    for (const outcome of [onChange === "replace" ? "replaced" : "variant", undefined]) {
      const result = await catalog.registerOrGet(offered, { onChange });
      expect(result.unverified).toBe(true);
      if (outcome !== undefined) expect(result).toMatchObject({ outcome, contentChanged: true });
    }
    const [record] = await catalog.listByArtifact(registrationOf(1).artifactId);
    const variants = await catalog.listVariants(record?.id ?? 0);
    expect([record, ...variants].map((each) => each?.storageUri)).toEqual(expected);
    const third = registrationOf(1, { sha256: null, storageUri: "file:///third" });
    await catalog.registerOrGet(third, { onChange: "variant" });
    expect((await catalog.listVariants(record?.id ?? 0)).map(({ storageUri }) => storageUri)).toContain(
      "file:///third",
    );
  });

  it("says when a variant of that name has other bytes", async () => {
    const { record } = await catalog.registerOrGet(registrationOf(1));
    const name = `changed-${digestOf("f").slice(0, 16)}`;
    await catalog.addVariant(record.id, { variant: name, storageUri: "file:///v", bytes: 3, sha256: digestOf("e") });
    const offered = registrationOf(1, { sha256: digestOf("f"), storageUri: place });
    expect(await catalog.registerOrGet(offered, { onChange: "variant" })).toMatchObject({
      outcome: "kept",
      contentChanged: true,
    });
  });

  it("are known where there are none", async () => {
    const empty = { bytes: 0, sha256: null };
    await catalog.registerOrGet(registrationOf(1, empty));
    const result = await catalog.registerOrGet(registrationOf(1, { ...empty, storageUri: place }));
    expect([result.outcome, result.unverified]).toEqual(["found", undefined]);
  });
});

describe("registerMany", () => {
  it("answers in order, also for keys that come twice", async () => {
    await catalog.registerOrGet(registrationOf(2));
    const results = await catalog.registerMany([
      registrationOf(1),
      registrationOf(2),
      registrationOf(1, { sha256: digestOf("f") }),
      registrationOf(3),
      registrationOf(3),
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(["created", "found", "kept", "created", "found"]);
    expect(results.map(({ record }) => record.artifactId)).toEqual(
      ["1", "2", "1", "3", "3"].map((n) => `doi:10.1/${n}`),
    );
    expect(await catalog.registerMany([])).toEqual([]);
  });

  it("stores all or none", async () => {
    const bad = registrationOf(2, { sha256: "short" });
    await expect(catalog.registerMany([registrationOf(1), bad])).rejects.toThrow(SyntaxError);
    expect(await collect(catalog.search())).toEqual([]);
  });
});

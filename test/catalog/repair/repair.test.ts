import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import { pathOf, RepairWorld, ROOT, repairAll, repairOne, stepsOf } from "./_repair-world.ts";

const SOURCE = "https://example.org/one";

describe.each<Layout>(["cas", "policy_path"])("repairing a blob of layout %s", (layout) => {
  let world: RepairWorld;
  let catalog: Catalog;
  let record: DocumentRecord;

  beforeEach(async () => {
    world = new RepairWorld({ layout });
    catalog = await world.open();
    record = await world.ingest(catalog, "right", "one");
    world.web[SOURCE] = { text: "right" };
  });

  afterEach(async () => {
    await world.close();
  });

  it.each<[string, () => Promise<void>, object]>([
    ["a bit was flipped", () => world.write(pathOf(record), "wrong"), { result: "mismatch", reason: "hash" }],
    ["it was cut", () => world.write(pathOf(record), "rig"), { result: "mismatch", reason: "size" }],
    ["it is empty", () => world.write(pathOf(record), ""), { result: "mismatch", reason: "size" }],
    ["it is gone", () => world.fs.unlink(pathOf(record)), { result: "missing", reason: "gone" }],
  ])("gets the bytes from their source when %s", async (_title, damage, found) => {
    await damage();
    const damaged = await world.read(pathOf(record));
    const before = await world.snapshot();
    expect(await repairOne(catalog, record.id, { apply: false })).toMatchObject({ outcome: "planned", found });
    expect(await world.snapshot()).toEqual(before);
    expect(world.asked).toEqual([]);
    const result = await repairOne(catalog, record.id);
    expect(result).toMatchObject({ uri: record.storageUri, outcome: "repaired", reason: null, found, movedTo: null });
    expect(result.steps.at(-1)).toMatchObject({ origin: "source", uri: SOURCE, result: "right" });
    expect(result.documents).toEqual([record.id]);
    expect(await world.read(pathOf(record))).toBe("right");
    const kept = Object.entries(await world.files()).filter(([name]) => name.startsWith(".quarantine/"));
    const texts = kept.filter(([name]) => !name.endsWith("evidence.json")).map(([, text]) => text);
    // Of nothing there is nothing to keep.
    expect(texts).toEqual(damaged === undefined || damaged === "" ? [] : [damaged]);
    if (texts.length > 0) expect(kept.map(([, text]) => text).join("")).toMatch(/"verb":\s*"repair"/);
    expect(await world.query("SELECT result, bad_since FROM verifications")).toEqual([["ok", null]]);
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "intact", steps: [] });
    expect(await world.query("SELECT COUNT(*) FROM leases")).toEqual([[0]]);
  });

  it("closes the incident, and is done with what is bad", async () => {
    await world.fs.unlink(pathOf(record));
    await world.markBad(record.storageUri);
    expect(await world.query("SELECT result, resolution FROM incidents")).toEqual([["missing", null]]);
    const progress: unknown[] = [];
    const all = await repairAll(catalog, { onProgress: (each) => progress.push(each) });
    expect(all).toMatchObject([{ outcome: "repaired" }]);
    expect(progress).toEqual([{ done: 1, total: 1 }]);
    expect(await world.query("SELECT result, resolution FROM incidents")).toEqual([["missing", "repaired"]]);
    expect(await repairAll(catalog)).toEqual([]);
  });

  it("only writes down that a blob is good again", async () => {
    await world.markBad(record.storageUri);
    const before = await world.snapshot(["/data"]);
    expect(await repairAll(catalog, { apply: false })).toMatchObject([{ outcome: "intact" }]);
    expect(await repairAll(catalog)).toMatchObject([{ outcome: "intact", found: { result: "ok", reason: null } }]);
    expect(await world.snapshot(["/data"])).toEqual(before);
    expect(await world.query("SELECT resolution FROM incidents")).toEqual([["verified"]]);
  });

  it("takes bytes out of the trash, and leaves them there", async () => {
    const other = await world.ingest(catalog, "other", "two");
    await catalog.remove([record.id]);
    await catalog.apply(await catalog.planCollect({ orphanTtlDays: 0, trash: true }), { force: true });
    expect(await world.read(pathOf(record))).toBeUndefined();
    await catalog.registerOrGet({ ...record });
    const result = await repairAll(catalog, { ids: ["one"] });
    expect(result).toMatchObject([{ outcome: "repaired", steps: [{ origin: "trash", result: "right" }] }]);
    expect(await world.read(pathOf(record))).toBe("right");
    expect(await world.read(pathOf(other))).toBe("other");
    expect(world.asked).toEqual([]);
    expect(Object.entries(await world.files()).filter(([, text]) => text === "right")).toHaveLength(2);
  });

  it("takes bytes out of quarantine, and passes over those that are known to be others", async () => {
    await world.write(pathOf(record), "wrong");
    await repairOne(catalog, record.id);
    // Somebody takes the bytes that were put aside for the right ones, and the other way round.
    await world.fs.unlink(pathOf(record));
    const [kept = ""] = Object.keys(await world.files()).filter((name) => name.startsWith(".quarantine/"));
    const folder = `${ROOT}/${kept.split("/").slice(0, -1).join("/")}`;
    await world.write(`${folder}-2/x`, "right");
    await world.write(`${folder}-3/x`, "ri-ht");
    delete world.web[SOURCE];
    const result = await repairOne(catalog, record.id);
    expect(result).toMatchObject({ outcome: "repaired" });
    expect(stepsOf(result).at(-1)).toMatch(/^quarantine \.quarantine\/.* right$/);
    expect(result.steps.filter(({ result: each }) => each !== "right" && each !== "other_bytes")).toEqual([]);
    expect(await world.read(pathOf(record))).toBe("right");
  });

  it("takes the bytes of another blob, in the root or elsewhere", async () => {
    await world.fs.unlink(pathOf(record));
    await world.write("/elsewhere/copy.txt", "right");
    await world.write("/elsewhere/damaged.txt", "wrong");
    await world.write("/elsewhere/longer.txt", "longer");
    for (const name of ["damaged", "gone", "longer", "copy"]) {
      const { bytes, sha256 } = record;
      const meta = { artifactId: name, sourceUrl: `https://example.org/${name}`, resolver: "test", bytes, sha256 };
      await catalog.registerOrGet({ ...meta, storageUri: `file:///elsewhere/${name}.txt` });
    }
    await catalog.registerOrGet({
      ...{ artifactId: "far", sourceUrl: "https://example.org/far", resolver: "test", bytes: 5, sha256: record.sha256 },
      storageUri: "s3://bucket/far",
    });
    expect((await repairOne(catalog, record.id, { apply: false })).steps.map(({ origin }) => origin)).toEqual([
      ...["copy", "copy", "copy", "copy", "source", "source", "source", "source", "source", "source"],
    ]);
    const result = await repairOne(catalog, record.id);
    expect(result.outcome).toBe("repaired");
    expect(stepsOf(result)).toEqual(["copy file:///elsewhere/copy.txt right"]);
    await world.fs.unlink(pathOf(record));
    await world.fs.unlink("/elsewhere/copy.txt");
    const again = await repairOne(catalog, record.id);
    expect(again).toMatchObject({ outcome: "repaired" });
    expect(stepsOf(again)).toEqual([
      "copy file:///elsewhere/copy.txt gone",
      "copy file:///elsewhere/damaged.txt other_bytes",
      "copy file:///elsewhere/gone.txt gone",
      "copy file:///elsewhere/longer.txt other_size",
      expect.stringMatching(/^source https:\/\/example\.org\/\w+ gone$/),
      expect.stringMatching(/^source https:\/\/example\.org\/\w+ gone$/),
      expect.stringMatching(/^source https:\/\/example\.org\/\w+ gone$/),
      expect.stringMatching(/^source https:\/\/example\.org\/\w+ gone$/),
      expect.stringMatching(/^source https:\/\/example\.org\/\w+ gone$/),
      "source https://example.org/one right",
    ]);
  });

  it("takes the file that it was made from, if a local one was, and writes no drift down", async () => {
    await world.write("/home/me/one.txt", "right");
    const { sha256, bytes, storageUri } = record;
    const meta = { artifactId: "local", sourceUrl: "file:///home/me/one.txt", bytes, sha256, storageUri };
    await catalog.registerOrGet({ ...meta, resolver: "local" });
    await catalog.registerOrGet({ ...meta, resolver: "other", sourceUrl: "file:///home/me/secret.txt" });
    await catalog.registerOrGet({ ...meta, artifactId: "piped", resolver: "local", sourceUrl: "stdin:" });
    const there = { artifactId: "there", resolver: "local", storageUri: "file:///home/me/one.txt" };
    await catalog.registerOrGet({ ...meta, ...there });
    await world.write("/home/me/secret.txt", "right");
    await world.fs.unlink(pathOf(record));
    world.web[SOURCE] = { status: 404 };
    const result = await repairOne(catalog, record.id);
    expect(result).toMatchObject({ outcome: "repaired" });
    expect(stepsOf(result).at(-1)).toBe("copy file:///home/me/one.txt right");
    await world.write("/home/me/one.txt", "wrong");
    await world.fs.unlink(pathOf(record));
    const lost = await repairOne(catalog, record.id);
    expect(lost.outcome).toBe("lost");
    expect(stepsOf(lost)).toContain("copy file:///home/me/one.txt other_bytes");
    expect(stepsOf(lost).join()).not.toContain("secret");
    expect(await world.query("SELECT * FROM drifts")).toEqual([]);
  });

  it("asks the newest source first", async () => {
    const { sha256, bytes, storageUri } = record;
    for (const [name, createdAt] of [
      ["older", "2020-01-01"],
      ["newer", "2090-01-01"],
    ] as const) {
      const meta = { artifactId: name, sourceUrl: `https://example.org/${name}`, resolver: "test", createdAt };
      await catalog.registerOrGet({ ...meta, sha256, bytes, storageUri });
      world.web[`https://example.org/${name}`] = { status: 404 };
    }
    world.web[SOURCE] = { status: 404 };
    await world.fs.unlink(pathOf(record));
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "lost", reason: null });
    expect(world.asked).toEqual(["https://example.org/newer", SOURCE, "https://example.org/older"]);
    expect(await world.query("SELECT result FROM verifications")).toEqual([["missing"]]);
    expect(await world.query("SELECT resolution FROM incidents")).toEqual([[null]]);
  });

  it("goes through all that is bad, all copies and all sources, however many there are", async () => {
    const many = Array.from({ length: 205 }, (_, at) => at + 100);
    const { sha256, bytes } = record;
    const meta = { resolver: "x", contentType: null, runId: null, bytes, sha256 };
    await catalog.registerMany(
      many.map((at) => ({
        ...meta,
        ...{ artifactId: `n${at}`, sourceUrl: `https://example.org/n${at}`, storageUri: `file:///elsewhere/${at}` },
      })),
    );
    await world.fs.unlink(pathOf(record));
    await world.change(
      `INSERT INTO verifications (uri, result, strength, checked_at, bad_since)
       SELECT storage_uri, 'missing', 'none', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z' FROM documents`,
    );
    const results = await repairAll(catalog, { apply: false });
    expect(new Set(results.map(({ uri }) => uri)).size).toBe(206);
    expect(results).toHaveLength(206);
    const first = results.find(({ uri }) => uri === record.storageUri);
    const uris = new Set(first?.steps.map(({ origin, uri }) => `${origin} ${uri}`));
    expect([uris.size, first?.steps.length]).toEqual([205 + 206, 205 + 206]);
  });
});

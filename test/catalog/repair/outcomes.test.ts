import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { REPAIR_OUTCOMES, type RepairResult } from "../../../src/catalog/repair/repair-options.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import { collect } from "../_open-for-test.ts";
import {
  interceptedFileSystem,
  openWithOne,
  pathOf,
  type RepairWorld,
  repairAll,
  repairOne,
  stepsOf,
  systemError,
} from "./_repair-world.ts";

const SOURCE = "https://example.org/one";

let world: RepairWorld;
let catalog: Catalog;
let record: DocumentRecord;

beforeEach(async () => {
  ({ world, catalog, record } = await openWithOne());
});

afterEach(async () => {
  await world.close();
});

function drifts() {
  return world.query("SELECT source_url, expected_sha256, actual_sha256, actual_bytes FROM drifts");
}

describe("a source that serves other bytes", () => {
  const WRONG = "8810ad581e59f2bc3928b261707a71308f7e139eb04820366dc4d5c18d980225";

  beforeEach(async () => {
    await world.fs.unlink(pathOf(record));
    world.web[SOURCE] = { text: "wrong" };
  });

  it("is written down once, and its bytes are dropped", async () => {
    const result = await repairOne(catalog, record.id);
    expect(result).toMatchObject({ outcome: "drifted", reason: null });
    expect(result.steps.at(-1)).toEqual({
      ...{ origin: "source", uri: SOURCE, result: "other_bytes", message: null },
      drift: { sha256: WRONG, bytes: 5, variant: null },
    });
    await repairOne(catalog, record.id);
    expect(await drifts()).toEqual([[SOURCE, record.sha256, WRONG, 5]]);
    expect(await world.files()).toEqual({});
    expect(await collect(catalog.search())).toEqual([record]);
    expect(await catalog.listVariants(record.id)).toEqual([]);
  });

  it("is written down when it serves fewer, and only told when it was not read", async () => {
    world.web[SOURCE] = { text: "wro" };
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "drifted" });
    world.web[SOURCE] = { text: "wrong and more" };
    const result = await repairOne(catalog, record.id);
    expect(result).toMatchObject({ outcome: "drifted" });
    expect(result.steps.at(-1)).toMatchObject({ result: "other_size", drift: null });
    expect((await drifts()).map(([, , , bytes]) => bytes)).toEqual([3]);
  });

  it("has them kept as a variant if that is wanted", async () => {
    const result = await repairOne(catalog, record.id, { keepDrifted: true });
    expect(result.outcome).toBe("drifted");
    const [variant] = await catalog.listVariants(record.id);
    expect(result.steps.at(-1)?.drift).toEqual({ sha256: WRONG, bytes: 5, variant: variant?.variant });
    expect(variant).toMatchObject({ sha256: WRONG, bytes: 5 });
    expect(await world.read(pathOf(variant ?? record))).toBe("wrong");
    // Its own name is kept for it.
    expect(variant?.storageUri).not.toBe(record.storageUri);
    // Once more they are there already.
    const [again] = await repairAll(catalog, { ids: [record.storageUri], keepDrifted: true });
    expect(again?.steps.at(-1)?.drift).toEqual({ sha256: WRONG, bytes: 5, variant: variant?.variant });
    expect(await catalog.listVariants(record.id)).toEqual([variant]);
    world.web[SOURCE] = { text: "right" };
    const repaired = await repairAll(catalog, { ids: [record.storageUri] });
    expect(repaired.map(({ outcome }) => outcome)).toEqual(["repaired", "intact"]);
    expect(await world.read(pathOf(record))).toBe("right");
  });

  it("does not keep another one from being asked, nor hides that one may answer later", async () => {
    const { sha256, bytes, storageUri } = record;
    const meta = { artifactId: "two", sourceUrl: "https://example.org/two", resolver: "x", createdAt: "2001-01-01" };
    await catalog.registerOrGet({ ...meta, sha256, bytes, storageUri });
    world.web["https://example.org/two"] = { status: 503 };
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "unavailable" });
    world.web["https://example.org/two"] = { text: "right" };
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "repaired" });
    expect(await world.read(pathOf(record))).toBe("right");
  });
});

describe("a source that is not asked, or does not answer", () => {
  beforeEach(async () => {
    await world.fs.unlink(pathOf(record));
  });

  it("makes the blob unavailable while it fails, and lost when it is gone", async () => {
    for (const answer of [{ status: 500 }, { text: "rig", broken: true } as const]) {
      world.web[SOURCE] = answer;
      const result = await repairOne(catalog, record.id);
      expect(result.outcome).toBe("unavailable");
      expect(result.steps.at(-1)).toMatchObject({ result: "unavailable", message: expect.any(String) });
    }
    world.web[SOURCE] = { status: 410 };
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "lost" });
    expect(await world.files()).toEqual({});
  });

  it("is not asked for more than is allowed", async () => {
    world.web[SOURCE] = { text: "right" };
    const result = await repairOne(catalog, record.id, { maxBytes: 4 });
    expect(result.outcome).toBe("unavailable");
    expect(result.steps.at(-1)).toMatchObject({
      result: "refused",
      message: "it has 5 bytes, and no more than 4 are allowed",
    });
    expect(world.asked).toEqual([]);
    expect(await repairOne(catalog, record.id, { maxBytes: 5 })).toMatchObject({ outcome: "repaired" });
    await expect(repairAll(catalog, { maxBytes: -1 })).rejects.toThrow("Cannot use maxBytes -1: expected a whole");
    await expect(repairAll(catalog, { maxBytes: 1.5 })).rejects.toThrow(RangeError);
  });

  it("is not asked at a private address, unless that is allowed", async () => {
    const sourceUrl = "http://private.example/?token=hunter2hunter2hunter2";
    const bytes = new TextEncoder().encode("private");
    const { record: other } = await catalog.ingest(bytes, { artifactId: "p", sourceUrl, resolver: "test" });
    world.web[other.sourceUrl] = { text: "private" };
    await world.fs.unlink(pathOf(other));
    const result = await repairOne(catalog, other.id);
    expect(result).toMatchObject({ outcome: "unavailable", steps: [{ origin: "source", result: "refused" }] });
    expect(world.asked).toEqual([]);
    expect(JSON.stringify(result)).not.toContain("hunter2");
    expect(await repairOne(catalog, other.id, { allowPrivate: true })).toMatchObject({ outcome: "repaired" });
  });

  it("tells nobody what is secret in the row of an older version", async () => {
    const secret = "https://user:hunter2@example.org/one?token=hunter2hunter2hunter2&x=1";
    await world.change("UPDATE documents SET source_url = ? WHERE id = ?", [secret, record.id]);
    for (const answer of [{ status: 500 }, { text: "wrong" }, { text: "too long" }]) {
      world.web["https://example.org/one?token=hunter2hunter2hunter2&x=1"] = answer;
      const results = [await repairOne(catalog, record.id, { apply: false }), await repairOne(catalog, record.id)];
      expect(JSON.stringify(results)).toContain("https://example.org/one?");
      expect(JSON.stringify(results)).not.toContain("hunter2");
    }
    expect(world.asked).toHaveLength(3);
    expect(JSON.stringify(await drifts())).not.toContain("hunter2");
  });
});

describe("a blob whose size is not on record", () => {
  let id: number;

  beforeEach(async () => {
    world.web[SOURCE] = { text: "right" };
    const { sha256 } = record;
    const storageUri = record.storageUri.replace("/one", "/variant");
    await catalog.addVariant(record.id, { variant: "x", storageUri, sha256, bytes: 5, contentType: null });
    await world.change("UPDATE variants SET bytes = NULL");
    id = record.id;
    await world.fs.unlink(pathOf(record));
  });

  it("is fetched only up to a limit that is given", async () => {
    const [, first] = await repairAll(catalog, { ids: [String(id)], apply: false });
    expect(first).toMatchObject({ expected: { bytes: null }, outcome: "planned" });
    const found = await repairAll(catalog, { ids: [String(id)], maxBytes: 4 });
    expect(found.map(({ outcome }) => outcome)).toEqual(["unavailable", "drifted"]);
    expect(found[1]?.steps.at(-1)?.message).toBe("it has more than the 4 bytes that are allowed");
    world.web[SOURCE] = { status: 404 };
    const unlimited = await repairAll(catalog, { ids: [String(id)] });
    expect(unlimited[1]?.steps.at(-1)).toMatchObject({
      result: "refused",
      message: "its size is not on record, so that a limit has to be given",
    });
    world.web[SOURCE] = { text: "right" };
    const repaired = await repairAll(catalog, { ids: [String(id)], maxBytes: 100 });
    expect(repaired.map(({ outcome }) => outcome)).toEqual(["repaired", "repaired"]);
    expect(await world.read(pathOf(record).replace("/one", "/variant"))).toBe("right");
  });

  it("takes out of quarantine only what is known to be its bytes", async () => {
    await world.write(`/data/docs/.quarantine/a/one`, "right");
    const evidence = {
      schema_version: 1,
      reason: "hash_mismatch",
      uri: record.storageUri,
      expected_sha256: null,
      expected_bytes: 5,
    };
    const rest = { actual_sha256: record.sha256, actual_bytes: 5, found_at: "2026-01-01T00:00:00.000Z" };
    await world.write(`/data/docs/.quarantine/b/one`, "right");
    await world.write(`/data/docs/.quarantine/b/evidence.json`, JSON.stringify({ ...evidence, ...rest }));
    const uri = record.storageUri.replace("/one", "/variant");
    const results = await repairAll(catalog, { ids: [uri] });
    expect(results.map((result) => [result.outcome, stepsOf(result).at(-1)])).toEqual([
      ["repaired", "quarantine .quarantine/b/one right"],
    ]);
  });
});

describe("a blob in whose place nothing can be put", () => {
  beforeEach(() => {
    world.web[SOURCE] = { text: "right" };
  });

  async function expectBlocked(reason: RepairResult["reason"], outcome = "blocked"): Promise<void> {
    const before = await world.snapshot(["/data"]);
    expect(await repairOne(catalog, record.id, { apply: false })).toMatchObject({ outcome, reason, steps: [] });
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome, reason, steps: [] });
    expect(await world.snapshot(["/data"])).toEqual(before);
    expect(world.asked).toEqual([]);
  }

  it("keeps the folder that has its name", async () => {
    await world.replaceByFolder(pathOf(record));
    await expectBlocked("other_kind");
    expect((await world.fs.lstat(pathOf(record)))?.kind).toBe("directory");
  });

  it("is left alone when rows disagree what it is", async () => {
    const { storageUri } = record;
    await catalog.registerOrGet({
      ...{ artifactId: "other", sourceUrl: "https://example.org/other", resolver: "x", contentType: null, runId: null },
      ...{ bytes: 5, sha256: "0".repeat(64), storageUri },
    });
    await expectBlocked("conflicting_records");
  });

  it("is left alone when its name is made of another hash than its row has", async () => {
    const folder = `cas/sha256/${"0".repeat(2)}`;
    const storageUri = `file:///data/docs/${folder}/${"0".repeat(62)}`;
    await world.write(`/data/docs/${folder}/${"0".repeat(62)}`, "other");
    await world.change("UPDATE documents SET storage_uri = ? WHERE id = ?", [storageUri, record.id]);
    await expectBlocked("conflicting_records");
  });

  it("is left alone outside of the root", async () => {
    await world.write("/elsewhere/one.txt", "wrong");
    await world.change("UPDATE documents SET storage_uri = ? WHERE id = ?", ["file:///elsewhere/one.txt", record.id]);
    await expectBlocked("outside_root");
    expect(await world.read("/elsewhere/one.txt")).toBe("wrong");
  });

  it("is lost when its hash is not on record", async () => {
    await world.change("UPDATE documents SET sha256 = NULL WHERE id = ?", [record.id]);
    await world.fs.unlink(pathOf(record));
    await expectBlocked("no_hash", "lost");
  });

  it("is left alone when it may not be read", async () => {
    await catalog.close();
    const path = pathOf(record);
    const denied = interceptedFileSystem(world.fs, (operation, [at]) =>
      operation === "open" && at === path ? Promise.reject(systemError("EACCES")) : undefined,
    );
    catalog = await world.open({ fs: denied });
    await expectBlocked("permission");
  });
});

describe("a blob that lies outside of the root", () => {
  const OUTSIDE = "file:///elsewhere/paper.pdf";
  let outside: DocumentRecord;

  beforeEach(async () => {
    const { sha256 } = record;
    const meta = { resolver: "x", contentType: null, runId: null, bytes: 5, sha256, storageUri: OUTSIDE };
    ({ record: outside } = await catalog.registerOrGet({ ...meta, artifactId: "out", sourceUrl: "https://e.org/out" }));
    await catalog.registerOrGet({ ...meta, artifactId: "out-2", sourceUrl: "https://e.org/out-2" });
    await catalog.addVariant(record.id, { variant: "copy", storageUri: OUTSIDE, sha256, bytes: 5, contentType: null });
    await world.write("/elsewhere/paper.pdf", "wrong");
  });

  it("gets a place in the root, which all of its rows name", async () => {
    await repairOne(catalog, outside.id);
    expect(await world.query("SELECT uri, result FROM verifications")).toEqual([[OUTSIDE, "mismatch"]]);
    expect(await repairOne(catalog, outside.id, { intoRoot: true, apply: false })).toMatchObject({
      outcome: "planned",
    });
    const result = await repairOne(catalog, outside.id, { intoRoot: true });
    expect(result).toMatchObject({ uri: OUTSIDE, outcome: "repaired", documents: [2, 3], variants: [1] });
    const to = result.movedTo;
    expect(to).toMatch(/^file:\/\/\/data\/docs\/test\/one\/paper\.pdf$/);
    const rows = [await catalog.getById(2), await catalog.getById(3), ...(await catalog.listVariants(record.id))];
    expect(rows.map(({ storageUri }) => storageUri)).toEqual([to, to, to]);
    expect(await world.read(pathOf(rows[0] ?? record))).toBe("right");
    // Nothing is written there.
    expect(await world.read("/elsewhere/paper.pdf")).toBe("wrong");
    expect(await world.query("SELECT uri, result FROM verifications")).toEqual([[to, "ok"]]);
    expect(await world.query("SELECT uri, resolution FROM incidents")).toEqual([[OUTSIDE, "relocated"]]);
    expect(await world.query("SELECT COUNT(*) FROM leases")).toEqual([[0]]);
  });

  it("gets one also if only a variant names it", async () => {
    await catalog.remove([outside.id, outside.id + 1]);
    const [result] = await repairAll(catalog, { ids: [OUTSIDE], intoRoot: true });
    expect(result).toMatchObject({ outcome: "repaired", documents: [], variants: [1] });
    expect(await catalog.listVariants(record.id)).toMatchObject([{ storageUri: result?.movedTo }]);
  });
});

describe("what is asked of a repair", () => {
  it("names rows that there are", async () => {
    await expect(repairAll(catalog, { ids: ["nothing"] })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("says that something is to be tried, and writes nothing, in a catalog that only reads", async () => {
    await world.fs.unlink(pathOf(record));
    const reader = await world.open({ mode: "read" });
    const results = await repairAll(reader, { ids: ["one"], apply: false });
    expect(results).toMatchObject([{ outcome: "planned", steps: [{ result: "untried" }] }]);
    await expect(repairAll(reader, { ids: ["one"] })).rejects.toMatchObject({ code: "READ_ONLY" });
  });

  it("takes no missing root for missing blobs", async () => {
    await world.markBad(record.storageUri);
    await world.close();
    for (const path of ["/data/docs", "/data"]) await removeAll(path);
    const again = await world.open({ mode: "read" });
    await expect(repairAll(again, { apply: false })).rejects.toMatchObject({ code: "BACKEND" });
  });

  it("ends when it is aborted, with what it had", async () => {
    const second = await world.ingest(catalog, "second", "two");
    for (const each of [record, second]) await world.fs.unlink(pathOf(each));
    await world.markBad(record.storageUri, second.storageUri);
    world.web[SOURCE] = { text: "right" };
    world.web["https://example.org/two"] = { text: "second" };
    const abort = new AbortController();
    const results: RepairResult[] = [];
    const run = async (): Promise<void> => {
      for await (const result of catalog.repair({ apply: true, signal: abort.signal })) {
        results.push(result);
        abort.abort(new Error("enough"));
      }
    };
    await expect(run()).rejects.toThrow("enough");
    expect(results).toMatchObject([{ uri: record.storageUri, outcome: "repaired" }]);
    expect(await world.query("SELECT uri FROM verifications WHERE bad_since IS NOT NULL")).toEqual([
      [second.storageUri],
    ]);
    expect(await repairAll(catalog)).toMatchObject([{ uri: second.storageUri, outcome: "repaired" }]);
  });

  it("passes over what no row names any more", async () => {
    await world.markBad(record.storageUri);
    // As another tool does it.
    await world.change("UPDATE documents SET storage_uri = ? WHERE id = ?", ["file:///x", record.id]);
    expect(await repairAll(catalog)).toEqual([]);
  });

  it("goes through many, longest bad first", async () => {
    const uris = [];
    for (let at = 0; at < 5; at++) uris.push((await world.ingest(catalog, `text ${at}`, `n${at}`)).storageUri);
    await world.markBad(...uris);
    expect((await repairAll(catalog, { apply: false })).map(({ uri }) => uri)).toEqual(uris);
    expect(REPAIR_OUTCOMES).toContain("intact");
  });
});

async function removeAll(path: string): Promise<void> {
  const { fs } = world;
  for await (const page of fs.list(path)) {
    for (const { name, kind } of page) {
      if (kind === "directory") await removeAll(`${path}/${name}`);
      else await fs.unlink(`${path}/${name}`);
    }
  }
  await fs.removeDirectory(path);
}

import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import { findPathOfUri } from "../../../src/core/storage-uri.ts";
import { fileError, openWithOne, pathOf, type VerifyWorld } from "./_verify-world.ts";

let world: VerifyWorld;
let catalog: Catalog;
let record: DocumentRecord;
let path: string;

beforeEach(async () => {
  ({ world, catalog, record, path } = await openWithOne());
});

afterEach(() => world.remove());

function write(text: string, at = path): void {
  if (existsSync(at)) chmodSync(at, 0o644);
  writeFileSync(at, text);
}

function inQuarantine(): readonly string[] {
  const folder = `${world.root}/.quarantine`;
  return existsSync(folder) ? readdirSync(folder) : [];
}

function messages(): readonly string[] {
  return world.logged.filter(({ level }) => level === "warn").map(({ message }) => message);
}

describe("verify with quarantine", () => {
  it("moves damaged bytes aside with what is known of them, and keeps the row", async () => {
    write("hullo");
    const { results, summary } = await world.verify(catalog, { quarantine: true });
    expect(results[0]).toMatchObject({ result: "mismatch", reason: "hash", actual: { bytes: 5 } });
    const aside = findPathOfUri(results[0]?.quarantine ?? "") ?? "";
    expect(readFileSync(aside, "utf8")).toBe("hullo");
    expect(existsSync(path)).toBe(false);
    expect(JSON.parse(readFileSync(`${dirname(aside)}/evidence.json`, "utf8"))).toMatchObject({
      reason: "hash_mismatch",
      uri: record.storageUri,
      expected_sha256: record.sha256,
      verb: "verify",
      documents: [{ id: record.id, artifact_id: "a" }],
    });
    expect(summary).toMatchObject({ mismatch: 1, quarantined: 1 });
    expect(world.counted).toEqual(["hash_mismatch"]);
    expect(await catalog.getById(record.id)).toEqual(record);
    const [entry] = await world.sql("SELECT result FROM verifications");
    expect(entry).toEqual(["missing"]);
    const [incident] = await world.sql("SELECT reason, quarantine, actual_bytes FROM incidents");
    expect(incident).toEqual(["quarantined", results[0]?.quarantine, 5]);
    const again = await world.verify(catalog);
    expect(again.results[0]).toMatchObject({ result: "missing", reason: "quarantined" });
    write("hello");
    expect((await world.verify(catalog)).results[0]).toMatchObject({ result: "ok" });
    expect(await world.sql("SELECT resolution FROM incidents")).toEqual([["verified"]]);
  });

  it("moves all names of a damaged file, each with its evidence", async () => {
    const second = await world.ingest(catalog, "hello", { artifactId: "b" });
    expect(pathOf(second)).not.toBe(path);
    write("hello, world");
    const { results } = await world.verify(catalog, { quarantine: true });
    expect(results.map(({ reason, quarantine }) => [reason, quarantine !== null])).toEqual([
      ["size", true],
      ["size", true],
    ]);
    expect(inQuarantine()).toHaveLength(2);
  });

  it("leaves good bytes that came while it read the bad ones", async () => {
    write("hullo");
    let isReplaced = false;
    world.before = (call, at) => {
      // The first look of setAside at the blob: what was read is gone by then.
      if (call !== "lstat" || at !== path || !world.opened.includes(path) || isReplaced) return;
      if (world.opened.length === 0 || !hasEvidence()) return;
      isReplaced = true;
      write("hello", `${path}.new`);
      renameSync(`${path}.new`, path);
    };
    const hasEvidence = (): boolean => existsSync(`${world.root}/.quarantine`);
    const { results } = await world.verify(catalog, { quarantine: true });
    expect(isReplaced).toBe(true);
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({ result: "ok", quarantine: null });
    expect(readFileSync(path, "utf8")).toBe("hello");
    expect(inQuarantine()).toEqual([]);
    expect(world.counted).toEqual([]);
  });

  it("leaves bytes that the row has taken for its own meanwhile", async () => {
    write("hullo");
    const { sha256 } = await (async () => {
      const other = await world.open({ name: "b", root: `${world.folder}/other` });
      return world.ingest(other, "hullo");
    })();
    let isTaken = false;
    world.before = async (call, at) => {
      if (call !== "read" || at !== path || isTaken) return;
      isTaken = true;
      await world.sql("UPDATE documents SET sha256 = ? WHERE id = ?", sha256, record.id);
    };
    const { results } = await world.verify(catalog, { quarantine: true });
    expect(results[0]).toMatchObject({ result: "ok", quarantine: null });
    expect(readFileSync(path, "utf8")).toBe("hullo");
  });

  it("leaves bytes whose last row went meanwhile", async () => {
    write("hullo");
    world.before = async (call, at) => {
      if (call === "read" && at === path) await catalog.remove([record.id]);
    };
    const { results, summary } = await world.verify(catalog, { quarantine: true });
    expect(results).toEqual([]);
    expect(summary).toMatchObject({ mismatch: 0, complete: true, left: 0, knownBad: 0 });
    expect(readFileSync(path, "utf8")).toBe("hullo");
  });

  it("leaves bytes that another catalog of the root has on record, or may have", async () => {
    write("hullo");
    const other = await world.open({ name: "b", layout: "policy_path" });
    const key = { artifactId: "b", sourceUrl: "https://example.org/b", resolver: "test" };
    await other.registerOrGet({ ...key, bytes: 5, storageUri: record.storageUri });
    const { results } = await world.verify(catalog, { quarantine: true });
    expect(results[0]).toMatchObject({ result: "mismatch", quarantine: null });
    expect(messages()).toContain("Bytes stay that another catalog of the root has on record");
    const [row] = await other.listByArtifact("b");
    await other.remove([row?.id ?? 0]);
    writeFileSync(`${world.root}/.content-catalog/${"0".repeat(32)}`, "torn");
    await world.verify(catalog, { quarantine: true });
    expect(messages()).toContain("Damaged bytes stay, as a catalog of the root cannot be asked about them");
    expect(readFileSync(path, "utf8")).toBe("hullo");
    rmSync(`${world.root}/.content-catalog/${"0".repeat(32)}`);
    const last = await world.verify(catalog, { quarantine: true });
    expect(last.summary).toMatchObject({ quarantined: 1 });
  });

  it("leaves what lies outside of the root, and what rows disagree about", async () => {
    const outside = `${world.folder}/outside.txt`;
    write("hello", outside);
    const key = { sourceUrl: "https://example.org/x", resolver: "test", bytes: 5 };
    const { sha256 } = record;
    await catalog.registerOrGet({ ...key, artifactId: "x", sha256, storageUri: `file://${outside}` });
    write("hullo", outside);
    await catalog.registerOrGet({
      ...key,
      artifactId: "y",
      sha256: "0".repeat(64),
      storageUri: record.storageUri,
    });
    const { results } = await world.verify(catalog, { quarantine: true });
    expect(results.map(({ reason, quarantine }) => [reason, quarantine]).sort()).toEqual([
      ["conflicting_records", null],
      ["hash", null],
    ]);
    expect(messages()).toContain("Damaged bytes outside of the root stay where they are");
    expect(world.counted).toEqual(["hash_mismatch", "hash_mismatch"]);
    await world.verify(catalog);
    expect(world.counted, "once a blob and run").toHaveLength(4);
  });

  it("goes on where bytes cannot be moved, and passes on what says more", async () => {
    write("hullo");
    let code = "EACCES";
    world.before = (call, at) => {
      if (call === "rename" && at === path) throw fileError(code);
      if (call === "link" && at === path) throw fileError(code);
    };
    const { results, error } = await world.verify(catalog, { quarantine: true });
    expect(error).toBeUndefined();
    expect(results[0]).toMatchObject({ result: "mismatch", quarantine: null });
    expect(messages()).toContain("Could not put damaged bytes aside");
    code = "EIO";
    expect((await world.verify(catalog, { quarantine: true })).error).toMatchObject({ code: "BACKEND" });
  });

  it("looks once more at what changes each time, and then leaves it", async () => {
    write("hullo");
    let writes = 0;
    world.before = (call, at) => {
      // Between the making of the evidence and the move.
      if (call !== "lstat" || at !== path || inQuarantine().length === 0) return;
      writes += 1;
      write(`${"x".repeat(writes)}`);
    };
    const { results } = await world.verify(catalog, { quarantine: true });
    expect(writes).toBeGreaterThan(1);
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({ result: "mismatch", reason: "size", quarantine: null });
    expect(readFileSync(path, "utf8")).toMatch(/^x+$/);
    let removals = 0;
    world.before = async (call, at) => {
      if (call !== "lstat" || at !== path || inQuarantine().length === 0) return;
      removals += 1;
      write(`${"y".repeat(removals)}`);
      if (removals > 2) await catalog.remove([record.id]);
    };
    expect((await world.verify(catalog, { quarantine: true })).error).toBeUndefined();
    expect(readFileSync(path, "utf8")).toMatch(/^y+$/);
  });

  it("is refused where nothing may be written", async () => {
    await catalog.close();
    const reader = await world.open({ mode: "read", layout: "policy_path" });
    for (const options of [{ quarantine: true }, { recordHashes: true }]) {
      expect((await world.verify(reader, options)).error).toMatchObject({ code: "READ_ONLY" });
    }
  });

  it("does nothing more when it is aborted", async () => {
    write("hullo");
    const ending = new AbortController();
    world.before = (call, at) => {
      if (call === "open" && at === path) ending.abort(new Error("enough"));
    };
    await world.verify(catalog, { quarantine: true, signal: ending.signal });
    expect(inQuarantine()).toEqual([]);
  });
});

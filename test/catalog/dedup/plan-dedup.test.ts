import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { fileUriFromPath } from "../../../src/core/storage-uri.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { lacking } from "../../adapters/blob/_store-world.ts";
import { CollectWorld, ROOT } from "../collect/_collect-world.ts";
import { openWorld } from "../ingest/_ingest-world.ts";
import { dedup, groupsOf, linesOf, split, stagedIn, storeApart } from "./_dedup-world.ts";

let world: CollectWorld;
let catalog: Catalog;

beforeEach(() => open());

async function open(fs: FileSystem = createMemoryFileSystem()): Promise<void> {
  world = new CollectWorld({ fs });
  catalog = await world.open();
}

/** Registers a file where it lies. */
async function register(path: string, content: string): Promise<void> {
  const sha256 = createHash("sha256").update(content).digest("hex");
  const about = { artifactId: path, sourceUrl: `https://example.org${path}`, resolver: "test" };
  await catalog.registerOrGet({ ...about, bytes: content.length, sha256, storageUri: fileUriFromPath(path) });
}

async function text(path: string): Promise<string | undefined> {
  return world.read(path);
}

describe("dedup", () => {
  it("makes copies names of the file with most names, which keeps mode and time", async () => {
    const paths = await storeApart(world, catalog, { text: "same bytes", names: ["a", "b", "c"] });
    const [a = "", b = ""] = paths;
    await world.fs.link(b, `${ROOT}/../elsewhere`.replace("docs/../", ""));
    const before = await world.fs.lstat(b);
    const other = await world.ingest(catalog, "other", "d");
    const plan = await catalog.planDedup();
    expect(await linesOf(plan)).toEqual(["share a.txt < b.txt duplicate", "share c.txt < b.txt duplicate"]);
    expect([plan.size, plan.bytes, plan.head.verb]).toEqual([2, 20, "dedup"]);
    expect(plan.report).toEqual({
      groups: 1,
      files: { files: 3, bytes: 30 },
      apart: { writable: 0, owned: 0, missing: 0 },
      freedBytes: 20,
      mayShareBlocks: false,
    });
    expect(await groupsOf(world.fs, paths)).toHaveLength(3);
    const [group] = (await catalog.reportDuplicates()).groups;
    expect([group?.files, group?.filesInRoot, group?.reclaimableBytes, group?.dedupBytes]).toEqual([3, 3, 20, 20]);
    const { summary, applied, findings } = await dedup(catalog);
    expect([applied, findings]).toEqual([["a.txt", "c.txt"], []]);
    expect(summary).toMatchObject({
      complete: true,
      shared: { files: 2, bytes: 20 },
      removed: { files: 0, bytes: 0 },
      findings: 0,
      freedBytes: 20,
    });
    expect(await groupsOf(world.fs, paths)).toEqual(["a.txt b.txt c.txt"]);
    const after = await world.fs.lstat(a);
    expect([after?.mode, after?.modifiedMs, after?.links]).toEqual([before?.mode, before?.modifiedMs, 4]);
    expect([await text(a), other.bytes, await stagedIn(world.fs)]).toEqual(["same bytes", 5, []]);
    expect((await catalog.planDedup()).size).toBe(0);
    await world.close();
    expect(await world.query("SELECT COUNT(*) FROM leases")).toEqual([[0]]);
  });

  it("clones where that can be, also what was registered where it lies, and each keeps its mode and time", async () => {
    await open(createMemoryFileSystem({ clone: true }));
    const [a = ""] = await storeApart(world, catalog, { text: "same bytes", names: ["a"] });
    await world.write(`${ROOT}/mine/own.txt`, "same bytes");
    await world.fs.setMode(`${ROOT}/mine/own.txt`, 0o640);
    await world.fs.setModified?.(`${ROOT}/mine/own.txt`, 5000);
    await register(`${ROOT}/mine/own.txt`, "same bytes");
    const plan = await catalog.planDedup();
    expect(plan.report.mayShareBlocks).toBe(true);
    expect((await dedup(catalog)).applied).toHaveLength(1);
    expect(await groupsOf(world.fs, [a, `${ROOT}/mine/own.txt`])).toHaveLength(2);
    const own = await world.fs.lstat(`${ROOT}/mine/own.txt`);
    expect([own?.mode, own?.modifiedMs, await text(`${ROOT}/mine/own.txt`)]).toEqual([0o640, 5000, "same bytes"]);
  });

  it("links no file that was registered where it lies, and says how many stay apart", async () => {
    await storeApart(world, catalog, { text: "same bytes", names: ["a"] });
    await world.write(`${ROOT}/mine/own.txt`, "same bytes");
    await register(`${ROOT}/mine/own.txt`, "same bytes");
    const plan = await catalog.planDedup();
    expect([plan.size, plan.report.apart.owned, plan.report.groups]).toEqual([0, 1, 1]);
  });

  it("takes nothing that is empty, small, outside, gone, of another size, or writable by others", async () => {
    const empty = await storeApart(world, catalog, { text: "", names: ["e1", "e2"] });
    const small = await storeApart(world, catalog, { text: "hi", names: ["s1", "s2"] });
    const open = await storeApart(world, catalog, { text: "writable", names: ["w1", "w2", "w3"] });
    const gone = await storeApart(world, catalog, { text: "gone", names: ["g1", "g2", "g3"] });
    for (const path of open.slice(1)) await world.fs.setMode(path, 0o662);
    await world.fs.setMode(open[2] ?? "", 0o620);
    await world.fs.unlink(gone[0] ?? "");
    await world.fs.unlink(gone[1] ?? "");
    await world.write(gone[1] ?? "", "longer than before");
    for (const name of ["x", "y"]) await world.write(`/elsewhere/${name}.txt`, "outside");
    for (const name of ["x", "y"]) await register(`/elsewhere/${name}.txt`, "outside");
    const plan = await catalog.planDedup({ minBytes: 3 });
    expect([plan.size, plan.report.apart]).toEqual([0, { writable: 2, owned: 0, missing: 2 }]);
    expect(await linesOf(await catalog.planDedup({ minBytes: 0 }))).toEqual(["share s2.txt < s1.txt duplicate"]);
    expect(await groupsOf(world.fs, [...empty, ...small])).toHaveLength(4);
    await expect(catalog.planDedup({ minBytes: -1 })).rejects.toThrow(RangeError);
  });

  it("passes over bytes of which rows have two sizes", async () => {
    await storeApart(world, catalog, { text: "same bytes", names: ["a", "b"] });
    const sha256 = (await catalog.findDuplicates())[0]?.sha256 ?? null;
    const about = { artifactId: "odd", sourceUrl: "https://example.org/odd", resolver: "test", sha256 };
    await catalog.registerOrGet({ ...about, bytes: 11, storageUri: "file:///elsewhere/odd.txt" });
    expect((await catalog.planDedup()).report).toMatchObject({ groups: 0, freedBytes: 0 });
  });

  it("takes variants, too, and names of one file once", async () => {
    const [a = "", b = ""] = await storeApart(world, catalog, { text: "same bytes", names: ["a", "b"] });
    const record = await world.ingest(catalog, "main", "m");
    for (const [variant, path] of [
      ["one", a],
      ["two", b],
    ] as const) {
      await catalog.addVariant(record.id, {
        variant,
        bytes: 10,
        storageUri: fileUriFromPath(path),
        sha256: (await catalog.findDuplicates())[0]?.sha256 ?? null,
      });
    }
    await catalog.remove([1, 2]);
    expect(await linesOf(await catalog.planDedup())).toEqual(["share b.txt < a.txt duplicate"]);
  });

  it("makes no two files one that have another mode, which stay apart", async () => {
    const paths = await storeApart(world, catalog, { text: "same bytes", names: ["a", "b", "c", "d"] });
    await world.fs.setMode(paths[1] ?? "", 0o600);
    await world.fs.setMode(paths[3] ?? "", 0o600);
    const plan = await catalog.planDedup();
    expect(await linesOf(plan)).toEqual(["share c.txt < a.txt duplicate", "share d.txt < b.txt duplicate"]);
    expect(plan.report.apart.owned).toBe(1);
  });

  it("says so where no two names can share their bytes, or the catalog has no store", async () => {
    await open(lacking(createMemoryFileSystem(), "hardlink"));
    await storeApart(world, catalog, { text: "same bytes", names: ["a"] });
    await expect(catalog.planDedup()).rejects.toMatchObject({ code: "UNSUPPORTED" });
    const { catalog: without } = await openWorld();
    await expect(without.planDedup()).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  it("ends when it is aborted, and tells how far it is", async () => {
    await storeApart(world, catalog, { text: "same bytes", names: ["a", "b"] });
    const told: unknown[] = [];
    await catalog.planDedup({ onProgress: (progress) => told.push(progress) });
    expect(told).toEqual([{ groups: 1, actions: 1 }]);
    const signal = AbortSignal.abort(new Error("no more"));
    await expect(catalog.planDedup({ signal })).rejects.toThrow("no more");
    const plan = await catalog.planDedup();
    await expect(catalog.apply(plan, { signal })).rejects.toThrow("no more");
    expect(await catalog.apply(plan, { maxTimeMs: 0 })).toMatchObject({ complete: false, shared: { files: 0 } });
  });

  it("reads all rows by hash, in pages, and groups of many names", async () => {
    const names = Array.from({ length: 70 }, (_, index) => `n${String(index).padStart(3, "0")}`);
    const paths = await storeApart(world, catalog, { text: "same bytes", names });
    await catalog.registerMany(
      Array.from({ length: 1100 }, (_, index) => ({
        artifactId: `far:${index}`,
        sourceUrl: `https://example.org/far/${index}`,
        resolver: "test",
        bytes: 7,
        sha256: index.toString(16).padStart(64, "0"),
        storageUri: `s3://far/${index}`,
      })),
    );
    const { applied, summary } = await dedup(catalog);
    expect([applied.length, summary.freedBytes]).toEqual([69, 690]);
    expect(await groupsOf(world.fs, paths)).toHaveLength(1);
    await split(world.fs, paths[5] ?? "");
    expect((await dedup(catalog)).applied).toEqual(["n005.txt"]);
  });
});

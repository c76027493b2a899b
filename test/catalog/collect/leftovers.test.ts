import { beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import type { BlobStore, TakenBlob } from "../../../src/ports/blob-store.ts";
import { CollectWorld, collect, type OWNERS, pathOf, planned, ROOT } from "./_collect-world.ts";

/** What processes left that are gone: staged files, blobs that a collector took, and folders with nothing in them. */

let world: CollectWorld;
let catalog: Catalog;

beforeEach(async () => {
  world = new CollectWorld();
  catalog = await world.open();
});

async function stage(owner: keyof typeof OWNERS, text: string): Promise<string> {
  const writer = await (await world.storeOf(owner)).stage();
  await writer.write(new TextEncoder().encode(text));
  return `${ROOT}/.staging/${(await writer.finish()).name}`;
}

async function take(store: BlobStore, path: string): Promise<TakenBlob> {
  const key = parseBlobKey(path.slice(ROOT.length + 1));
  const found = await store.stat(key);
  const taken = found && (await store.take(key, { found, run: store.newRun(), keepName: true }));
  if (taken === undefined) throw new TypeError(`${path} was not there`);
  return taken;
}

const STAGED = /^drop_staged \.staging\/\S+ dead_process$/;

describe("staged files", () => {
  it("go when their process is gone, at once", async () => {
    await world.ingest(catalog, "kept");
    const [dead, alive] = [await stage("dead", "left"), await stage("alive", "on its way")];
    expect(await planned(catalog)).toEqual([expect.stringMatching(STAGED)]);
    const { applied, summary } = await collect(catalog);
    expect(applied).toEqual([expect.stringMatching(STAGED)]);
    expect(summary).toMatchObject({ removed: { files: 1, bytes: 4 } });
    expect([await world.read(dead), await world.read(alive)]).toEqual([undefined, "on its way"]);
  });

  it("free their bytes with their last name, as was said before", async () => {
    await world.ingest(catalog, "kept");
    const [alone, shared] = [await stage("dead", "left"), await stage("dead", "shared")];
    await world.write("/elsewhere/other.txt", "");
    await world.fs.link(shared, "/elsewhere/shared.txt");
    const plan = await catalog.planCollect({ giveBackFirst: true });
    expect([plan.size, plan.bytes, plan.report.freedBytes]).toEqual([2, 10, 4]);
    expect(await catalog.apply(plan)).toMatchObject({ removed: { files: 2, bytes: 10 }, freedBytes: 4 });
    expect([await world.read(alone), await world.read("/elsewhere/shared.txt")]).toEqual([undefined, "shared"]);
  });

  it("go after a day where nobody can tell whether their process lives", async () => {
    await world.ingest(catalog, "kept");
    const unsure = await stage("unsure", "left");
    expect(await planned(catalog, { orphanTtlDays: 0 })).toEqual([]);
    world.wait(0.9);
    expect(await planned(catalog, { orphanTtlDays: 0 })).toEqual([]);
    world.wait(0.2);
    expect((await collect(catalog)).applied).toEqual([expect.stringMatching(STAGED)]);
    expect(await world.read(unsure)).toBeUndefined();
  });

  it("stay that were changed since they were seen", async () => {
    await world.ingest(catalog, "kept");
    const unsure = await stage("unsure", "left");
    await planned(catalog);
    world.wait(2);
    await world.fs.unlink(unsure);
    await world.write(unsure, "longer");
    expect((await collect(catalog)).applied).toEqual([]);
    expect(await world.read(unsure)).toBe("longer");
  });
});

describe("what a collector took that is gone", () => {
  it("is given back before anything else, whatever is planned", async () => {
    const record = await world.ingest(catalog, "needed");
    await take(await world.storeOf("dead"), pathOf(record));
    expect(await planned(catalog)).toEqual([expect.stringMatching(/^give_back \S+ dead_run$/)]);
    const plan = await catalog.planCollect();
    const applied: string[] = [];
    const summary = await catalog.apply(plan, { onApplied: ({ action }) => applied.push(action) });
    expect([applied, summary.givenBack]).toEqual([["give_back"], 1]);
    expect(await world.read(pathOf(record))).toBe("needed");
  });

  it("is collected by the run that gave it back, if nothing refers to it", async () => {
    await world.ingest(catalog, "kept");
    const gone = await world.orphan(catalog, "gone");
    await take(await world.storeOf("dead"), pathOf(gone));
    expect((await collect(catalog, { orphanTtlDays: 0 })).applied).toEqual([
      expect.stringMatching(/^give_back \S+ dead_run$/),
      expect.stringMatching(/^delete \S+ unreferenced$/),
    ]);
    expect(await world.read(pathOf(gone))).toBeUndefined();
  });

  it("is left alone while its process lives, and for a day where nobody can tell", async () => {
    const [one, other] = [await world.ingest(catalog, "one"), await world.ingest(catalog, "other")];
    const alive = await take(await world.storeOf("alive"), pathOf(one));
    await take(await world.storeOf("unsure"), pathOf(other));
    expect((await collect(catalog)).applied).toEqual([]);
    world.wait(1.1);
    expect((await collect(catalog)).applied).toEqual([expect.stringMatching(/^give_back/)]);
    expect(await world.read(pathOf(other))).toBe("other");
    expect(await world.read(`${ROOT}/${alive.at}`)).toBe("one");
  });

  it("is put aside for ever if others have its name, and is on record", async () => {
    const record = await world.ingest(catalog, "needed");
    const store = await world.storeOf("dead");
    const taken = await take(store, pathOf(record));
    await world.fs.unlink(pathOf(record));
    await world.write(pathOf(record), "others");
    const { findings } = await collect(catalog);
    expect(findings.map(({ kind }) => kind)).toEqual(["displaced"]);
    expect(await world.read(pathOf(record))).toBe("others");
    const aside = `${ROOT}/.trash/kept-${taken.run}/${taken.key}`;
    expect(await world.read(aside)).toBe("needed");
    world.wait(1000);
    await collect(catalog);
    expect(await world.read(aside)).toBe("needed");
    await world.close();
    expect(await world.query("SELECT kind, expires_at FROM trash")).toEqual([["displaced", null]]);
    expect(await world.query("SELECT verb, bytes FROM removals")).toEqual([["displace", 6]]);
  });

  it("is not in the trash for people that was given back", async () => {
    await world.ingest(catalog, "kept");
    const gone = await world.orphan(catalog, "gone");
    const store = await world.storeOf("dead");
    const taken = await take(store, pathOf(gone));
    await world.close();
    // It was on record, and its collector died before it lay there.
    await world.change([
      {
        sql: `INSERT INTO trash (run, uri, kind, bytes, trashed_at, expires_at)
          VALUES (?, ?, 'trash', 4, '2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z')`,
        parameters: [taken.run, store.uriOf(taken.key)],
      },
    ]);
    catalog = await world.open();
    expect((await collect(catalog)).applied).toEqual([expect.stringMatching(/^give_back/)]);
    await world.close();
    expect(await world.query("SELECT * FROM trash")).toEqual([]);
  });
});

describe("folders", () => {
  it("go when they were empty for as long as bytes are kept, and not those of others", async () => {
    await world.ingest(catalog, "kept");
    for (const name of ["empty", "outer", "outer/inner", ".hidden", ".hidden/empty"]) {
      await world.fs.makeDirectory(`${ROOT}/${name}`);
    }
    expect(await planned(catalog)).toEqual([]);
    world.wait(8);
    expect((await planned(catalog)).toSorted()).toEqual([
      "delete empty empty_folder",
      "delete outer/inner empty_folder",
    ]);
    await collect(catalog);
    for (const [name, kind] of [
      ["empty", undefined],
      ["outer/inner", undefined],
      ["outer", "directory"],
      [".hidden/empty", "directory"],
    ] as const) {
      expect((await world.fs.lstat(`${ROOT}/${name}`))?.kind).toBe(kind);
    }
  });

  it("go at once with the last of their files if nothing is kept for a while", async () => {
    await world.ingest(catalog, "kept");
    const gone = await world.orphan(catalog, "gone", "deep");
    await collect(catalog, { orphanTtlDays: 0 });
    const folder = pathOf(gone).slice(0, pathOf(gone).lastIndexOf("/"));
    expect(await world.fs.lstat(folder)).toBeUndefined();
    expect((await world.fs.lstat(`${ROOT}/test`))?.kind).toBe("directory");
  });

  it("stay into which something came", async () => {
    await world.ingest(catalog, "kept");
    await world.fs.makeDirectory(`${ROOT}/empty`);
    const plan = await catalog.planCollect({ orphanTtlDays: 0 });
    await world.write(`${ROOT}/empty/now.txt`, "now");
    const findings: string[] = [];
    await catalog.apply(plan, { onFinding: ({ kind }) => findings.push(kind) });
    expect([findings, await world.read(`${ROOT}/empty/now.txt`)]).toEqual([["changed"], "now"]);
  });
});

import { beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { CollectWorld, collect, pathOf, planned, ROOT } from "./_collect-world.ts";

/*
 * What is ours to take: names of layout `cas`, names that a catalog of the root gave to bytes that have their hash still,
 * and files of leases that came to no row. All else stays.
 */

let world: CollectWorld;
let catalog: Catalog;

beforeEach(async () => {
  world = new CollectWorld();
  catalog = await world.open();
  await world.ingest(catalog, "kept", "kept");
});

const SHA256 = "ab".repeat(32);
const CAS_NAME = `cas/sha256/${SHA256.slice(0, 2)}/${SHA256.slice(2)}`;

async function unknownNames(unknown = false): Promise<readonly string[]> {
  const names: string[] = [];
  await catalog.planCollect({ orphanTtlDays: 0, unknown, onUnknown: ({ name }) => names.push(name) });
  return names.sort();
}

describe("what is ours", () => {
  it.each([CAS_NAME, CAS_NAME.replace("sha256", "other-prefix")])("%s is, whatever is in it", async (name) => {
    await world.write(`${ROOT}/${name}`, "anything");
    expect(await planned(catalog, { orphanTtlDays: 0 })).toEqual([`delete ${name} unreferenced`]);
    await collect(catalog, { orphanTtlDays: 0 });
    expect(await world.read(`${ROOT}/${name}`)).toBeUndefined();
  });

  it.each([
    "cas/sha256/ab/short",
    `cas/${SHA256.slice(0, 2)}/${SHA256.slice(2)}`,
    `cas/sha256/${SHA256.slice(0, 2)}/${SHA256.slice(2).toUpperCase()}`,
    `more/${CAS_NAME}`,
    `${CAS_NAME}.tmp`,
  ])("%s is not", async (name) => {
    await world.write(`${ROOT}/${name}`, "anything");
    expect(await unknownNames()).toEqual([name]);
    await collect(catalog, { orphanTtlDays: 0 });
    expect(await world.read(`${ROOT}/${name}`)).toBe("anything");
  });

  it("a name that was given is not when somebody put other bytes there, and the plan says so when it is done", async () => {
    const gone = await world.orphan(catalog, "gone", "gone");
    const path = pathOf(gone);
    await world.fs.unlink(path);
    await world.write(path, "mine");
    const plan = await catalog.planCollect({ orphanTtlDays: 0 });
    expect(plan.size).toBe(1);
    const { findings, applied } = await collect(catalog, { orphanTtlDays: 0 });
    expect([applied, findings.map(({ kind }) => kind)]).toEqual([[], ["not_ours"]]);
    expect(await world.read(path)).toBe("mine");
    // From then on it is a file that nobody knows.
    expect((await collect(catalog, { orphanTtlDays: 0 })).findings).toEqual([]);
    expect(await unknownNames()).toEqual([path.slice(ROOT.length + 1)]);
  });

  it("a file that was registered where it lies is not, also when its row is gone", async () => {
    await world.write(`${ROOT}/in/place.txt`, "in place");
    await catalog.add([{ path: `${ROOT}/in/place.txt` }], { into: "none" });
    const [record] = await catalog.listByUrl(`file://${ROOT}/in/place.txt`);
    await catalog.remove([record?.id ?? 0]);
    await collect(catalog, { orphanTtlDays: 0 });
    expect(await world.read(`${ROOT}/in/place.txt`)).toBe("in place");
    expect(await unknownNames()).toEqual(["in/place.txt"]);
  });

  it("a name is that another catalog of the root gave", async () => {
    const other = await world.open("b");
    const gone = await world.orphan(other, "theirs", "theirs");
    expect((await collect(catalog, { orphanTtlDays: 0 })).applied).toHaveLength(1);
    expect(await world.read(pathOf(gone))).toBeUndefined();
  });

  it("the file of a lease is that came to no row, if it is that very file", async () => {
    const gone = await world.ingest(catalog, "left", "left");
    const path = pathOf(gone);
    const identity = (await world.fs.lstat(path))?.identity ?? "";
    await world.close();
    // As if whoever placed it had been killed, and its lease had ended.
    await world.change([
      { sql: "DELETE FROM documents WHERE id = ?", parameters: [gone.id] },
      { sql: "DELETE FROM placed WHERE uri = ?", parameters: [gone.storageUri] },
      {
        sql: `INSERT INTO removals (uri, sha256, bytes, removed_at, verb, origin, identity)
          VALUES (?, ?, 4, '2026-01-01T00:00:00.000Z', 'abandon', 'placed', ?)`,
        parameters: [gone.storageUri, gone.sha256, identity],
      },
    ]);
    catalog = await world.open();
    const key = path.slice(ROOT.length + 1);
    expect(await planned(catalog)).toEqual([`delete ${key} abandoned`]);
    await world.write(`${path}.copy`, "left");
    await world.fs.rename(`${path}.copy`, path);
    expect(await planned(catalog)).toEqual([]);
    expect(await unknownNames()).toEqual([key]);
  });
});

describe("with unknown files", () => {
  it("they go into the trash, when their time has come", async () => {
    await world.write(`${ROOT}/notes/mine.txt`, "mine");
    await catalog.planCollect({ unknown: true });
    world.wait(8);
    // To look without them does not begin their time anew.
    await catalog.planCollect();
    const { applied } = await collect(catalog, { unknown: true });
    expect(applied).toContain("trash notes/mine.txt unknown");
    expect(await world.read(`${ROOT}/notes/mine.txt`)).toBeUndefined();
    const kept = (await world.snapshot(`${ROOT}/.trash`)).find((line) => line.includes("/notes/mine.txt file"));
    expect(kept).toContain("/.trash/kept-");
  });

  it.each([
    ["catalog.config.yaml", "catalog: {}"],
    ["deep/catalog.config.json", "{}"],
    [".git/objects/aa", "object"],
  ])("%s stays", async (name, text) => {
    await world.write(`${ROOT}/${name}`, text);
    await collect(catalog, { unknown: true, orphanTtlDays: 0 });
    expect(await world.read(`${ROOT}/${name}`)).toBe(text);
  });

  it("a catalog stays, with what lies beside it", async () => {
    await catalog.checkpoint();
    const bytes = await world.fs.readFile("/state/a.sqlite");
    await world.write(`${ROOT}/copies/old.sqlite`, "");
    await world.fs.unlink(`${ROOT}/copies/old.sqlite`);
    const handle = await world.fs.open(`${ROOT}/copies/old.sqlite`, "create");
    await handle.write(bytes);
    await handle.close();
    await world.write(`${ROOT}/copies/old.sqlite.oplog`, "log");
    await world.write(`${ROOT}/copies/old.sqlite.kept-3`, "kept");
    await world.write(`${ROOT}/copies/other.txt`, "other");
    const { applied } = await collect(catalog, { unknown: true, orphanTtlDays: 0 });
    expect(applied.filter((line) => line.includes("copies"))).toEqual(["trash copies/other.txt unknown"]);
    for (const name of ["old.sqlite", "old.sqlite.oplog", "old.sqlite.kept-3"]) {
      expect(await world.fs.lstat(`${ROOT}/copies/${name}`)).toBeDefined();
    }
  });
});

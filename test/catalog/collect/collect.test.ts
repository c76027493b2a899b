import { describe, expect, it } from "vitest";
import type { Layout } from "../../../src/core/naming/layout.ts";
import { CollectWorld, collect, pathOf, planned, ROOT } from "./_collect-world.ts";

describe.each<Layout>(["cas", "policy_path"])("gc over layout %s", (layout) => {
  it("says what it would take when its time has come, and takes it", async () => {
    const world = new CollectWorld({ layout });
    const catalog = await world.open();
    const kept = await world.ingest(catalog, "kept");
    const gone = await world.orphan(catalog, "gone");
    const key = pathOf(gone).slice(ROOT.length + 1);
    expect(await planned(catalog)).toEqual([]);
    world.wait(6.9);
    expect(await planned(catalog)).toEqual([]);
    world.wait(0.2);
    expect(await planned(catalog)).toEqual([`delete ${key} unreferenced`]);
    expect(await world.read(pathOf(gone))).toBe("gone");
    const { applied, findings, summary } = await collect(catalog);
    expect([applied, findings]).toEqual([[`delete ${key} unreferenced`], []]);
    expect(summary).toMatchObject({ complete: true, removed: { files: 1, bytes: 4 }, freedBytes: 4 });
    expect(await world.read(pathOf(gone))).toBeUndefined();
    expect(await world.read(pathOf(kept))).toBe("kept");
    expect(world.removed).toBe(1);
    expect((await collect(catalog)).applied.filter((line) => !line.endsWith("empty_folder"))).toEqual([]);
    await world.close();
  });

  it("leaves alone what nobody put there", async () => {
    const world = new CollectWorld({ layout });
    const catalog = await world.open();
    await world.ingest(catalog, "kept");
    await world.write(`${ROOT}/notes/mine.txt`, "mine");
    world.wait(100);
    const unknown: string[] = [];
    const plan = await catalog.planCollect({ orphanTtlDays: 0, onUnknown: ({ name }) => unknown.push(name) });
    expect([plan.size, unknown]).toEqual([0, ["notes/mine.txt"]]);
    expect(plan.report.unknown).toEqual({ files: 1, bytes: 4 });
    await collect(catalog, { orphanTtlDays: 0 });
    expect(await world.read(`${ROOT}/notes/mine.txt`)).toBe("mine");
    await world.close();
  });

  it("writes nothing at all in a dry run, and since when things are orphans without one", async () => {
    const world = new CollectWorld({ layout });
    const catalog = await world.open();
    await world.orphan(catalog, "gone");
    await catalog.checkpoint();
    const before = await world.snapshot();
    const { report } = await catalog.planCollect({ orphanTtlDays: 0, dryRun: true });
    expect(report).toMatchObject({ noted: false, ripe: { files: 1, bytes: 4 } });
    expect(await world.snapshot()).toEqual(before);
    expect((await catalog.planCollect({ orphanTtlDays: 0 })).report.noted).toBe(true);
    expect(await world.snapshot()).not.toEqual(before);
    await world.close();
  });

  it("keeps what another catalog of the root needs", async () => {
    const world = new CollectWorld({ layout });
    const [a, b] = [await world.open("a"), await world.open("b")];
    const ofA = await world.orphan(a, "shared", "same");
    const ofB = await world.ingest(b, "shared", "same");
    expect(pathOf(ofB)).toBe(pathOf(ofA));
    expect((await collect(a, { orphanTtlDays: 0 })).applied).toEqual([]);
    expect(await world.read(pathOf(ofB))).toBe("shared");
    await b.remove([ofB.id]);
    expect((await collect(a, { orphanTtlDays: 0 })).applied).toHaveLength(1);
    expect(await world.read(pathOf(ofB))).toBeUndefined();
    await world.close();
  });

  it("puts into the trash what is to be kept for a while, and deletes it when that is over", async () => {
    const world = new CollectWorld({ layout });
    const catalog = await world.open();
    const gone = await world.orphan(catalog, "gone");
    const { applied, summary } = await collect(catalog, { orphanTtlDays: 0, trash: true });
    const key = pathOf(gone).slice(ROOT.length + 1);
    expect(applied).toEqual([`trash ${key} unreferenced`]);
    expect(summary).toMatchObject({ removed: { files: 1, bytes: 4 }, freedBytes: 0 });
    const inTrash = (await world.snapshot(`${ROOT}/.trash`)).filter((line) => line.includes(" file 4 "));
    expect(inTrash).toHaveLength(1);
    expect(inTrash[0]).toContain(`/.trash/kept-`);
    expect((await collect(catalog, { orphanTtlDays: 0 })).applied).toEqual([]);
    world.wait(31);
    const expired = await collect(catalog, { orphanTtlDays: 0 });
    expect(expired.applied).toEqual([expect.stringMatching(/^delete \.trash\/kept-.* trash_expired$/)]);
    expect(expired.summary.freedBytes).toBe(4);
    expect((await world.snapshot(`${ROOT}/.trash`)).filter((line) => line.includes(" file 4 "))).toEqual([]);
    await world.close();
  });
});

describe("many orphans", () => {
  it("are taken in lots, and each is told", async () => {
    const world = new CollectWorld({ layout: "cas" });
    const catalog = await world.open();
    await world.ingest(catalog, "kept");
    const names = Array.from({ length: 510 }, (_, n) => `cas/sha256/ab/${n.toString(16).padStart(62, "0")}`);
    for (const name of names) await world.write(`${ROOT}/${name}`, "x");
    const { summary, applied } = await collect(catalog, { orphanTtlDays: 0 });
    expect([summary.removed.files, summary.complete, applied.length]).toEqual([510, true, 510]);
    expect(await world.fs.lstat(`${ROOT}/cas/sha256/ab`)).toBeUndefined();
    await world.close();
  });

  it("that are not ripe yet are said to be, the first of them", async () => {
    const world = new CollectWorld();
    const catalog = await world.open();
    const first = Date.now();
    for (const name of ["m", "a", "z"]) {
      await world.orphan(catalog, name, name);
      world.wait(1);
    }
    const { nextRipeAt = "" } = (await catalog.planCollect()).report;
    const days = (Date.parse(nextRipeAt) - first) / 86_400_000;
    expect(Math.round(days)).toBe(7);
    await world.close();
  });
});

import { beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { CollectPlan } from "../../../src/catalog/collect/collect-options.ts";
import type { PlanFinding } from "../../../src/catalog/plan/plan.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import { CollectWorld, collect, pathOf, planned } from "./_collect-world.ts";

let world: CollectWorld;
let catalog: Catalog;
let gone: DocumentRecord;
let plan: CollectPlan;

/** Plans to take one blob of several. */
async function prepare(layout: Layout): Promise<void> {
  world = new CollectWorld({ layout });
  catalog = await world.open();
  for (const text of ["one", "two", "three"]) await world.ingest(catalog, text);
  gone = await world.orphan(catalog, "gone", "gone");
  plan = await catalog.planCollect({ orphanTtlDays: 0 });
}

async function apply(): Promise<{ readonly findings: readonly PlanFinding[]; readonly removed: number }> {
  const findings: PlanFinding[] = [];
  const { removed } = await catalog.apply(plan, { onFinding: (finding) => findings.push(finding) });
  return { findings, removed: removed.files };
}

it("is refused whole where another catalog of the root, or a catalog of another time, made the plan", async () => {
  await prepare("cas");
  const other = await world.open("b");
  await expect(other.apply(plan)).rejects.toMatchObject({ code: "REFUSED", details: { guard: "plan" } });
  const later = { ...plan, head: { ...plan.head, sequence: plan.head.sequence + 1000 } };
  await expect(catalog.apply(later)).rejects.toMatchObject({ code: "REFUSED", details: { guard: "plan" } });
  expect(await world.read(pathOf(gone))).toBe("gone");
});

describe.each<Layout>(["cas", "policy_path"])("a line of a plan, under %s", (layout) => {
  beforeEach(() => prepare(layout));

  it("is done", async () => {
    expect(await apply()).toEqual({ findings: [], removed: 1 });
    expect(await world.read(pathOf(gone))).toBeUndefined();
  });

  it.each<[string, () => Promise<unknown>, string, string | undefined]>([
    ["is gone", () => world.fs.unlink(pathOf(gone)), "gone", undefined],
    ["is referenced again", () => world.ingest(catalog, "gone", "gone"), "referenced", "gone"],
    [
      "was replaced by a file of others",
      async () => {
        await world.fs.unlink(pathOf(gone));
        await world.write(pathOf(gone), "mine");
      },
      "changed",
      "mine",
    ],
    [
      "was replaced by a symlink",
      async () => {
        await world.fs.unlink(pathOf(gone));
        await world.write("/elsewhere/x", "mine");
        await world.fs.rename("/elsewhere/x", `${pathOf(gone)}`);
      },
      "changed",
      "mine",
    ],
  ])("is a finding if what it names %s", async (_what, change, kind, left) => {
    await change();
    const { findings, removed } = await apply();
    expect([findings.map((each) => each.kind), removed]).toEqual([[kind], 0]);
    expect(findings[0]?.message).toContain(gone.storageUri);
    expect(await world.read(pathOf(gone))).toBe(left);
  });

  it("is a finding when it was done already", async () => {
    await apply();
    expect((await apply()).findings.map(({ kind }) => kind)).toEqual(["gone"]);
  });

  it("goes on record with the operation, and its mark and claim go", async () => {
    const { operationId } = await catalog.apply(plan);
    expect(operationId).toMatch(/^[0-9a-f]{32}$/);
    await world.close();
    expect(
      await world.query("SELECT uri, sha256, bytes, verb, plan, reason, origin FROM removals WHERE verb = 'gc'"),
    ).toEqual([[gone.storageUri, gone.sha256, 4, "gc", operationId, "unreferenced", "placed"]]);
    expect(await world.query(`SELECT uri FROM orphans WHERE uri = '${gone.storageUri}'`)).toEqual([]);
    expect(await world.query(`SELECT uri FROM placed WHERE uri = '${gone.storageUri}'`)).toEqual([]);
  });
});

describe("a run", () => {
  beforeEach(() => prepare("policy_path"));

  it("that is interrupted gives back what it had taken, and the next one goes on", async () => {
    const interruption = new AbortController();
    const query = plan.actions;
    const interrupted: CollectPlan = {
      ...plan,
      actions: async function* actions() {
        yield* query();
        interruption.abort(new Error("enough"));
      },
    };
    await expect(catalog.apply(interrupted, { signal: interruption.signal })).rejects.toThrow("enough");
    expect(await world.read(pathOf(gone))).toBe("gone");
    expect(await apply()).toEqual({ findings: [], removed: 1 });
  });

  it("begins nothing when its time is over", async () => {
    const summary = await catalog.apply(plan, { maxTimeMs: 0 });
    expect(summary).toMatchObject({ complete: false, removed: { files: 0 } });
    expect(await world.read(pathOf(gone))).toBe("gone");
  });

  it("takes the longest unreferenced first, as many as may go", async () => {
    world.wait(1);
    const second = await world.orphan(catalog, "the second is long", "a second");
    world.wait(1);
    const third = await world.orphan(catalog, "thirdly", "a third");
    const lines = await planned(catalog, { orphanTtlDays: 0 });
    expect(lines).toHaveLength(3);
    expect(await planned(catalog, { orphanTtlDays: 0, maxFiles: 2 })).toEqual(lines.slice(0, 2));
    expect(await planned(catalog, { orphanTtlDays: 0, maxBytes: 11 })).toEqual([lines[0], lines[2]]);
    await collect(catalog, { orphanTtlDays: 0, maxFiles: 1 });
    expect([await world.read(pathOf(second)), await world.read(pathOf(third))]).toEqual([
      "the second is long",
      "thirdly",
    ]);
  });

  it("counts a file with several names as free when all of them went", async () => {
    await catalog.apply(plan);
    const twins = [await world.ingest(catalog, "twins", "one name"), await world.ingest(catalog, "twins", "another")];
    for (const each of twins) expect((await world.fs.lstat(pathOf(each)))?.links).toBe(2);
    await catalog.remove(twins.map(({ id }) => id));
    const both = await catalog.planCollect({ orphanTtlDays: 0, dryRun: true });
    expect([both.size, both.report.freedBytes]).toEqual([2, 5]);
    const first = await collect(catalog, { orphanTtlDays: 0, maxFiles: 1 });
    expect(first.summary).toMatchObject({ removed: { files: 1, bytes: 5 }, freedBytes: 0 });
    expect((await collect(catalog, { orphanTtlDays: 0 })).summary).toMatchObject({ freedBytes: 5 });
  });

  it("refuses to take more than half, unless it is told to", async () => {
    for (const record of await catalog.listByArtifact("doi:n1")) await catalog.remove([record.id]);
    for (const record of await catalog.listByArtifact("doi:n2")) await catalog.remove([record.id]);
    const most = await catalog.planCollect({ orphanTtlDays: 0 });
    await expect(catalog.apply(most)).rejects.toMatchObject({ code: "REFUSED", details: { guard: "half" } });
    expect(await world.read(pathOf(gone))).toBe("gone");
    expect((await catalog.apply(most, { force: true })).removed.files).toBe(3);
  });

  it("refuses where another catalog cannot be read, also after it has planned", async () => {
    await world.ingest(await world.open("b"), "theirs");
    const shared = await catalog.planCollect({ orphanTtlDays: 0 });
    await world.close();
    catalog = await world.open();
    await world.fs.rename("/state/b.sqlite", "/state/moved.sqlite");
    const refused = { code: "REFUSED", details: { guard: "other catalog" } };
    await expect(catalog.apply(shared)).rejects.toMatchObject(refused);
    await expect(catalog.planCollect()).rejects.toMatchObject(refused);
    expect(await world.read(pathOf(gone))).toBe("gone");
    const catalogAt = new Map([[(await otherIds())[0] ?? "", "/state/moved.sqlite"]]);
    expect((await catalog.apply(shared, { catalogAt })).removed.files).toBe(1);
  });

  it("goes by a plan that was written and read", async () => {
    let text = "";
    for await (const line of catalog.formatPlan(plan)) text += line;
    const read = await catalog.readPlan(async function* open() {
      yield text;
    });
    expect(read).toMatchObject({ head: plan.head, size: plan.size, bytes: plan.bytes });
    expect((await catalog.apply(read)).removed.files).toBe(1);
    expect(await world.read(pathOf(gone))).toBeUndefined();
  });

  it.each([{ orphanTtlDays: -1 }, { orphanTtlDays: Number.NaN }, { maxFiles: -1 }, { maxBytes: Number.NaN }])(
    "is not planned with %o",
    async (options) => {
      await expect(catalog.planCollect(options)).rejects.toThrow(RangeError);
    },
  );
});

async function otherIds(): Promise<readonly string[]> {
  return (await catalog.describeRoot()).catalogs.filter(({ isThis }) => !isThis).map(({ id }) => id);
}

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openCatalog } from "../../../src/catalog/open.ts";
import type { PlanAction } from "../../../src/core/plan/plan-action.ts";
import type { RetentionPolicy } from "../../../src/core/retention/policy.ts";
import { collect, openForTest, registrationOf } from "../_open-for-test.ts";
import { openEngine, openWorld } from "../ingest/_ingest-world.ts";
import { drop, RetentionWorld } from "./_retention-world.ts";

const DAY_MS = 86_400_000;
const OLD: RetentionPolicy = { olderThanMs: 90 * DAY_MS };

let world: RetentionWorld;
let catalog: Catalog;

beforeEach(async () => {
  world = new RetentionWorld();
  catalog = await world.open();
});

afterEach(() => world.close());

async function said(plan: { actions(): AsyncIterable<PlanAction> }): Promise<readonly string[]> {
  return (await collect(plan.actions())).map(({ action, reason, row }) => `${row?.id} ${action} ${reason}`);
}

describe("a plan of retention", () => {
  it("has a line for each row, is read as it was written, and done", async () => {
    const old = await world.copy(catalog, "old");
    const pinned = await world.copy(catalog, "pinned");
    await catalog.pin({ document: pinned.id }, { reason: "cited" });
    world.wait(100);
    const kept = await world.copy(catalog, "new");
    const rows: number[] = [];
    const plan = await catalog.planRetention(OLD, { onProgress: (each) => rows.push(each.rows) });
    const lines = [`${old.id} drop_row older_than`, `${pinned.id} keep_row pinned`, `${kept.id} keep_row not_older`];
    expect(await said(plan)).toEqual(lines);
    expect(plan.head).toMatchObject({
      verb: "retention",
      retention: { keepCopies: 1, policy: "--older-than 90d --keep-copies 1" },
    });
    expect(plan.report).toEqual({
      ...{ rows: 3, dropped: 1, freedFiles: 1, freedBytes: 3, unmet: [] },
      reasons: { older_than: 1, pinned: 1, not_older: 1 },
    });
    expect(plan.size).toBe(3);
    const text = await collect(catalog.formatPlan(plan));
    const read = await catalog.readPlan(async function* open() {
      yield* text;
    });
    expect(await said(read)).toEqual(lines);
    expect(read.head).toEqual(plan.head);
    const { ids, summary } = await drop(catalog, read);
    expect(ids).toEqual([old.id]);
    const reason = "older_than, by --older-than 90d --keep-copies 1";
    expect((await catalog.why("1")).removals).toMatchObject([{ verb: "retention", plan: summary.operationId, reason }]);
    expect(await catalog.restore({ plan: summary.operationId }, { apply: true })).toMatchObject({ documents: 1 });
    expect(await catalog.getById(old.id)).toMatchObject({ id: old.id, storageUri: old.storageUri });
  });

  it("ends pins first whose time is over, unless the catalog is only read", async () => {
    const row = await world.copy(catalog, "old");
    const until = new Date(world.clock.now() + DAY_MS).toISOString();
    await catalog.pin({ document: row.id }, { reason: "for a day", until: until as never });
    world.wait(100);
    const policy = { ...OLD, keepCopies: 0 };
    const reader = await world.open("a", "read");
    expect(await said(await reader.planRetention(policy))).toEqual([`${row.id} keep_row pinned`]);
    const plan = await catalog.planRetention(policy, { allowAll: true });
    expect(await said(plan)).toEqual([`${row.id} drop_row older_than`]);
  });

  it("is refused without a rule, and where nothing would stay", async () => {
    await expect(catalog.planRetention({})).rejects.toMatchObject({ details: { guard: "empty policy" } });
    expect((await catalog.planRetention(OLD)).size).toBe(0);
    await world.copy(catalog, "old");
    world.wait(100);
    const policy = { ...OLD, keepCopies: 0 };
    await expect(catalog.planRetention(policy)).rejects.toMatchObject({
      details: { guard: "all rows" },
      message: expect.stringContaining("Cannot drop the only row of the catalog"),
    });
    expect((await catalog.planRetention(policy, { allowAll: true })).report.dropped).toBe(1);
    await expect(catalog.planRetention({ keepLast: 1, keepCopies: 1001 })).rejects.toThrow(RangeError);
  });

  it("goes by the settings where nothing is said", async () => {
    const other = await openForTest({ catalog: { retentionDays: 30, keepCopies: 2 } });
    await other.registerMany([registrationOf(1, { createdAt: "2020-01-01" })]);
    const plan = await other.planRetention({});
    expect(plan.head.retention).toEqual({ keepCopies: 2, policy: "--older-than 30d --keep-copies 2" });
    await other.close();
  });

  it("needs a store", async () => {
    const bare = await openCatalog({ ...(await openWorld()).context, store: undefined, sql: await openEngine() });
    await expect(bare.planRetention(OLD)).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await bare.close();
  });

  it("keeps rows that no plan has room for, cuts names, and shows what of a damaged row can be read", async () => {
    const uri = (length: number): string => `s3://bucket/${"ä".repeat(length)}`;
    const long = { artifactId: "a".repeat(3000), bytes: 1, sha256: null, createdAt: "2020-01-01" };
    const records = await catalog.registerMany([
      registrationOf(1, { ...long, storageUri: uri(6000) }),
      registrationOf(2, { ...long, storageUri: uri(10) }),
      registrationOf(3, { ...long, storageUri: uri(11) }),
      registrationOf(4),
    ]);
    const ids = records.map(({ record }) => record.id);
    await world.close();
    await world.change([
      { sql: "UPDATE documents SET storage_uri = ? WHERE id = ?", parameters: [uri(40_000), ids[1] ?? 0] },
      { sql: "UPDATE documents SET created_at = 'once' WHERE id = ?", parameters: [ids[2] ?? 0] },
    ]);
    catalog = await world.open("a", "write");
    const plan = await catalog.planRetention({ ...OLD, keepCopies: 0 });
    const [fits, tooLong, damaged, kept] = await collect(plan.actions());
    expect(fits).toMatchObject({ action: "drop_row", row: { artifactId: "a".repeat(1000) } });
    expect(tooLong).toMatchObject({ action: "keep_row", reason: "damaged", uri: "" });
    expect(damaged).toMatchObject({ action: "keep_row", reason: "damaged", row: { id: ids[2], createdAt: null } });
    expect(kept).toMatchObject({ action: "keep_row", reason: "not_older" });
    const text = await collect(catalog.formatPlan(plan));
    const read = await catalog.readPlan(async function* open() {
      yield* text;
    });
    expect(await collect(read.actions())).toHaveLength(4);
  });
});

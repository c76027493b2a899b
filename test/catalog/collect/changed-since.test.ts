import { beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { CollectPlan } from "../../../src/catalog/collect/collect-options.ts";
import { CollectWorld, collect, type OWNERS, pathOf, planned, ROOT } from "./_collect-world.ts";

/** What no row named, and is another thing when a plan is applied than when it was made; and lines that say nonsense. */

let world: CollectWorld;
let catalog: Catalog;

beforeEach(async () => {
  world = new CollectWorld();
  catalog = await world.open();
  await world.ingest(catalog, "kept");
});

async function stage(owner: keyof typeof OWNERS): Promise<string> {
  const writer = await (await world.storeOf(owner)).stage();
  await writer.write(new TextEncoder().encode("left"));
  return `${ROOT}/.staging/${(await writer.finish()).name}`;
}

async function findingsOf(plan: CollectPlan): Promise<readonly string[]> {
  const kinds: string[] = [];
  await catalog.apply(plan, { onFinding: ({ kind }) => kinds.push(kind) });
  return kinds;
}

/** The file in the trash that no run may be about to decide on. */
async function keptFile(): Promise<string> {
  const lines = await world.snapshot(`${ROOT}/.trash`);
  return lines.find((line) => line.includes("/kept-") && line.includes(" file "))?.split(" file ")[0] ?? "";
}

describe("a staged file", () => {
  it("is a finding that somebody removed, or replaced, meanwhile", async () => {
    const gone = await stage("dead");
    const plan = await catalog.planCollect();
    await world.fs.unlink(gone);
    expect(await findingsOf(plan)).toEqual(["gone"]);
    const replaced = await stage("dead");
    const again = await catalog.planCollect();
    await world.fs.unlink(replaced);
    await world.write(replaced, "other bytes");
    expect(await findingsOf(again)).toEqual(["changed"]);
    expect(await world.read(replaced)).toBe("other bytes");
  });
});

describe("what was in the trash for long enough", () => {
  it.each([false, true])("is a finding that somebody removed, or replaced (unknown: %s)", async (unknown) => {
    if (unknown) await world.write(`${ROOT}/notes/mine.txt`, "mine");
    else await world.orphan(catalog, "gone");
    await collect(catalog, { orphanTtlDays: 0, trash: true, unknown });
    world.wait(31);
    const plan = await catalog.planCollect();
    const path = await keptFile();
    await world.write(`${path}.new`, "other bytes");
    await world.fs.rename(`${path}.new`, path);
    expect(await findingsOf(plan)).toContain("changed");
    expect(await world.read(path)).toBe("other bytes");
    const again = await catalog.planCollect();
    await world.fs.unlink(path);
    expect(await findingsOf(again)).toContain("gone");
  });

  it("is deleted with a record, also where nobody knew its hash", async () => {
    await world.write(`${ROOT}/notes/mine.txt`, "mine");
    await collect(catalog, { orphanTtlDays: 0, unknown: true });
    world.wait(31);
    expect((await collect(catalog)).applied.filter((line) => line.endsWith("trash_expired"))).toHaveLength(1);
    await world.close();
    expect(await world.query("SELECT reason, sha256 FROM removals WHERE verb = 'gc' ORDER BY id")).toEqual([
      ["unknown", null],
      ["trash_expired", null],
    ]);
    expect(await world.query("SELECT * FROM trash")).toEqual([]);
  });

  it("is passed over if its line names no place of the root", async () => {
    await world.close();
    await world.change([
      {
        sql: `INSERT INTO trash (run, uri, kind, bytes, trashed_at, expires_at)
          VALUES ('x', 's3://bucket/key', 'trash', 1, '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z')`,
      },
    ]);
    catalog = await world.open();
    expect(await planned(catalog)).toEqual([]);
  });
});

describe("since when something is an orphan", () => {
  it("begins anew when a row came and went", async () => {
    await world.orphan(catalog, "gone", "gone");
    await catalog.planCollect();
    world.wait(6);
    await world.orphan(catalog, "gone", "gone");
    world.wait(2);
    expect(await planned(catalog)).toEqual([]);
    world.wait(6);
    expect(await planned(catalog)).toHaveLength(1);
  });

  it("is what a line says that a clock wrote, and lines of what is none are forgotten", async () => {
    const { storageUri } = await world.orphan(catalog, "gone", "gone");
    await world.close();
    const lines = Array.from({ length: 1500 }, (_, n) => ({
      sql: "INSERT INTO orphans (uri, bytes, modified_us, since) VALUES (?, 1, 1, '2026-01-01T00:00:00.000Z')",
      parameters: [`file:///nowhere/${n}`],
    }));
    const odd = "INSERT INTO orphans (uri, bytes, modified_us, since) VALUES (?, 4, 1, 'yesterday')";
    await world.change([...lines, { sql: odd, parameters: [storageUri] }]);
    catalog = await world.open();
    expect(await planned(catalog)).toEqual([]);
    await world.close();
    const left = await world.query("SELECT uri FROM orphans WHERE bytes > 0");
    expect(left).toEqual([[storageUri]]);
  });
});

describe("a name of before", () => {
  it("is what the newest of all that is on record says, and nonsense is passed over", async () => {
    const gone = await world.orphan(catalog, "gone", "gone");
    await world.close();
    const insert = "INSERT INTO removals (uri, removed_at, verb, origin, identity, bytes, sha256) VALUES";
    await world.change([
      {
        sql: `${insert} (?, '2020-01-01T00:00:00.000Z', 'remove', NULL, NULL, NULL, NULL)`,
        parameters: [gone.storageUri],
      },
      {
        sql: `${insert} (?, '2020-01-01T00:00:00.000Z', 'abandon', 'placed', '1:1', NULL, NULL)`,
        parameters: [gone.storageUri],
      },
    ]);
    catalog = await world.open();
    expect(await planned(catalog)).toEqual([]);
    expect(await planned(catalog, { orphanTtlDays: 0 })).toHaveLength(1);
    await world.close();
    await world.change([{ sql: "UPDATE removals SET removed_at = 'zzz'" }]);
    catalog = await world.open();
    expect(await planned(catalog, { orphanTtlDays: 0 })).toHaveLength(1);
    expect(await world.read(pathOf(gone))).toBe("gone");
  });
});

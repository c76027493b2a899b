import { beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import type { BlobStore } from "../../../src/ports/blob-store.ts";
import { evidenceFor } from "../../../src/testing/blob-store/place.ts";
import { CollectWorld, collect, planned, ROOT } from "./_collect-world.ts";

/** What lies in quarantine: it goes when somebody says so, and only then. */

let world: CollectWorld;
let catalog: Catalog;
let store: BlobStore;

beforeEach(async () => {
  world = new CollectWorld();
  catalog = await world.open();
  await world.ingest(catalog, "kept");
  store = await world.storeOf("alive");
});

/** Puts a text into quarantine; gives its path there. */
async function putAside(text: string, name = text): Promise<string> {
  await world.write(`${ROOT}/${name}`, text);
  const key = parseBlobKey(name);
  const found = await store.stat(key);
  const evidence = { ...evidenceFor(store), uri: store.uriOf(key) };
  const aside = found && (await store.setAside(key, { found, evidence }));
  if (aside === undefined) throw new TypeError(`${name} was not there`);
  return `${ROOT}/${aside}`;
}

describe("what lies in quarantine", () => {
  it("stays, however old, where nobody asked for it to go", async () => {
    const aside = await putAside("bad");
    world.wait(10_000);
    expect(await planned(catalog, { orphanTtlDays: 0 })).toEqual([]);
    expect((await collect(catalog, { orphanTtlDays: 0, unknown: true })).applied).toEqual([]);
    expect(await world.read(aside)).toBe("bad");
  });

  it("goes with its evidence when it was there for so long, and not before", async () => {
    const aside = await putAside("bad");
    world.wait(29);
    expect(await planned(catalog, { quarantineDays: 30 })).toEqual([]);
    world.wait(2);
    const plan = await catalog.planCollect({ quarantineDays: 30, dryRun: true });
    expect([plan.size, plan.bytes, plan.report.freedBytes]).toEqual([1, 3, 3]);
    const { applied, summary } = await collect(catalog, { quarantineDays: 30 });
    expect(applied).toEqual([`delete ${aside.slice(ROOT.length + 1)} quarantine_expired`]);
    expect(summary).toMatchObject({ removed: { files: 1, bytes: 3 }, freedBytes: 3, findings: 0 });
    expect(await world.snapshot(`${ROOT}/.quarantine`)).toEqual([]);
    expect(await planned(catalog, { quarantineDays: 0 })).toEqual([]);
  });

  it("is on record when it is gone, and its incident stays", async () => {
    const aside = await putAside("bad", "a.txt");
    const other = await putAside("worse", "b.txt");
    await world.fs.unlink(`${other.replace(/\/[^/]*$/, "")}/evidence.json`);
    await world.close();
    const [places, columns] = [[aside, other].map((path) => `file://${path}`), "uri, result, reason, found_at"];
    await world.change(
      [`file://${ROOT}/a.txt`, `file://${ROOT}/b.txt`].map((uri, index) => ({
        sql: `INSERT INTO incidents (${columns}, quarantine) VALUES (?, 'mismatch', 'hash', '2026-01-01', ?)`,
        parameters: [uri, places[index] ?? null],
      })),
    );
    catalog = await world.open("a", "write");
    expect((await collect(catalog, { quarantineDays: 0 })).applied).toHaveLength(2);
    await world.close();
    const removed = await world.query(
      "SELECT uri, reason, sha256, bytes FROM removals WHERE verb = 'gc' ORDER BY bytes",
    );
    expect(removed).toEqual([
      [places[0], "quarantine_expired", null, 3],
      [places[1], "quarantine_expired", null, 5],
    ]);
    // Whose it was nobody can tell without the evidence.
    expect(await world.query("SELECT result, quarantine FROM incidents ORDER BY uri")).toEqual([
      ["mismatch", null],
      ["mismatch", places[1]],
    ]);
  });

  it("stays where the plan does not hold any more", async () => {
    const [aside, gone] = [await putAside("bad"), await putAside("worse")];
    const findingsOf = async (plan: Awaited<ReturnType<Catalog["planCollect"]>>): Promise<readonly string[]> => {
      const kinds: string[] = [];
      await catalog.apply(plan, { onFinding: ({ kind }) => kinds.push(kind) });
      return kinds.sort();
    };
    const plan = await catalog.planCollect({ quarantineDays: 0 });
    await world.fs.unlink(aside);
    await world.write(aside, "others");
    await world.fs.unlink(gone);
    expect(await findingsOf(plan)).toEqual(["changed", "gone"]);
    expect(await world.read(aside)).toBe("others");
    const later = await catalog.planCollect({ quarantineDays: 0 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await world.write(`${aside}.more`, "");
    expect(await findingsOf(later)).toEqual(["changed"]);
  });

  it("is refused for no number of days", async () => {
    for (const quarantineDays of [-1, Number.NaN]) {
      await expect(catalog.planCollect({ quarantineDays })).rejects.toThrow(RangeError);
    }
  });
});

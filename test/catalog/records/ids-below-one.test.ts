import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { auditAll, edit } from "../audit/_audit-world.ts";
import { CollectWorld, collect, pathOf, ROOT } from "../collect/_collect-world.ts";

/** Rows that another tool wrote, or numbered anew: no id of theirs is one that this library gives. */

let world: CollectWorld;
let catalog: Catalog;

beforeEach(async () => {
  world = new CollectWorld();
  catalog = await world.open();
});

afterEach(() => world.close());

async function reopen(sql: string): Promise<void> {
  await catalog.close();
  await edit(world, sql);
  catalog = await world.open();
}

describe("rows with ids below one", () => {
  it("keep their blobs from being collected, and no move of files passes them over", async () => {
    const [zero, negative] = [await world.ingest(catalog, "zero"), await world.ingest(catalog, "negative")];
    await world.write(`${ROOT}/v.txt`, "variant");
    const { record: variant } = await catalog.addVariant(zero.id, {
      variant: "v",
      storageUri: `file://${ROOT}/v.txt`,
      bytes: 7,
    });
    await reopen(`PRAGMA foreign_keys = OFF;
      UPDATE variants SET id = 0, document_id = -7; UPDATE documents SET id = -7 WHERE id = ${zero.id};
      UPDATE documents SET id = 0 WHERE id = ${negative.id}`);
    const kept = [zero, negative, variant];
    for (const ripe of [false, true]) {
      await collect(catalog, { orphanTtlDays: 1, unknown: true, force: true });
      if (!ripe) world.wait(2);
    }
    for (const row of kept) expect(await world.read(pathOf(row))).toBeDefined();
    expect((await auditAll(catalog)).findings.filter(({ kind }) => kind === "orphan" || kind === "missing")).toEqual(
      [],
    );
    const results: string[] = [];
    for await (const { result } of catalog.verify()) results.push(result);
    expect(results).toEqual(["ok", "ok", "unchecked"]);
    await world.fs.rename(ROOT, "/data/moved");
    await expect(catalog.relocate({ from: ROOT, to: "/data/moved" })).rejects.toMatchObject({
      code: "CORRUPT",
      message: "Cannot read document -7: its id is -7",
    });
  });

  it("make a root one that is in use", async () => {
    const { id } = await world.ingest(catalog, "one");
    await catalog.close();
    await edit(world, `UPDATE documents SET id = ${-id}`);
    await world.fs.rename(`${ROOT}/.content-catalog`, "/data/aside");
    catalog = await world.open();
    expect(await world.fs.stat(`${ROOT}/.content-catalog`)).toBeDefined();
  });

  it("are told where they hang in the air, and count in the hash over all rows", async () => {
    await reopen(`PRAGMA foreign_keys = OFF;
      INSERT INTO variants (id, document_id, variant, storage_uri, created_at)
      VALUES (-3, 99, 'v', 's3://papers/v', '2026-01-01T00:00:00.000Z');
      INSERT INTO sources (path, document_id) VALUES ('', -2);
      INSERT INTO removals (id, uri, removed_at, verb, plan)
      VALUES (-1, 's3://papers/w', '2026-01-01T00:00:00.000Z', 'remove', 'p');
      INSERT INTO incidents (id, uri, result, reason, found_at)
      VALUES (0, 's3://papers/x', 'missing', 'gone', '2026-01-01T00:00:00.000Z')`);
    const { lines, summary } = await auditAll(catalog);
    expect(lines).toContain("dangling_variant no_document s3://papers/v variants -3");
    const counted = new Map(summary.tables.map(({ table, rows }) => [table, rows]));
    expect(["sources", "removals", "incidents"].map((table) => counted.get(table))).toEqual([1, 1, 1]);
    const incidents: string[] = [];
    for await (const { uri } of catalog.listIncidents()) incidents.push(uri);
    expect(incidents).toEqual(["s3://papers/x"]);
  });
});

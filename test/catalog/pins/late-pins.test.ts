import { beforeEach, describe, expect, it } from "vitest";
import { EMPTY_SHA256, parseSha256 } from "../../../src/core/sha256.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";
import { type IngestWorld, openEngine, openWorld } from "../ingest/_ingest-world.ts";

const META = { artifactId: "doi:10.1/x", sourceUrl: "https://example.org/x" };

/** An engine, and a world that works with it; a pin can be set just before its next batch. */
interface LateWorld {
  readonly world: IngestWorld;
  readonly sql: SqlEngine;
  /** Has somebody else set a pin on a row, when the next batch that says so is to begin. */
  pinLate(documentId: number, said?: string): void;
}

async function openLateWorld(): Promise<LateWorld> {
  const sql = await openEngine();
  let late: { readonly documentId: number; readonly said: string } | undefined;
  const batch: SqlEngine["batch"] = async (statements, options) => {
    const { documentId, said } = late ?? {};
    if (documentId !== undefined && statements.some((each) => each.sql.includes(said ?? ""))) {
      late = undefined;
      const insert = "INSERT INTO pins (kind, target, reason, pinned_at) VALUES ('document', ?, 'just now', '2026')";
      await sql.batch([{ sql: insert, parameters: [String(documentId)] }]);
    }
    return sql.batch(statements, options);
  };
  const wrapped = new Proxy(sql, {
    get: (target, name) => {
      if (name === "batch") return batch;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const world = await openWorld({ sql: wrapped });
  return {
    world,
    sql,
    pinLate: (documentId, said = "") => {
      late = { documentId, said };
    },
  };
}

let late: LateWorld;
beforeEach(async () => {
  late = await openLateWorld();
});

describe("a pin that is set after everything was looked at", () => {
  it("holds its row when that is removed, and the others go", async () => {
    const { world } = late;
    await world.ingest("one", META);
    await world.ingest("two", { ...META, artifactId: "doi:10.1/y" });
    late.pinLate(2, "DELETE FROM documents");
    await expect(world.catalog.remove([1, 2])).rejects.toMatchObject({
      code: "REFUSED",
      details: { guard: "pinned" },
      message: 'Cannot remove document 2: it is pinned, by the pin on document 2 ("just now")',
    });
    expect(await world.catalog.findById(2)).toMatchObject({ id: 2 });
    const removals = await late.sql.query({ sql: "SELECT verb FROM removals" });
    expect(removals).toEqual([["remove"]]);
  });

  it("holds the bytes of its row when others come", async () => {
    const { world } = late;
    const { record } = await world.ingest("one", META);
    late.pinLate(1, "UPDATE documents SET content_type");
    await expect(world.ingest("two", META, { onChange: "replace" })).rejects.toMatchObject({
      code: "REFUSED",
      details: { guard: "pinned" },
    });
    expect(await world.catalog.findById(1)).toEqual(record);
    expect(await late.sql.query({ sql: "SELECT verb FROM removals WHERE verb = 'replace'" })).toEqual([]);
  });
});

describe("a catalog without a store", () => {
  it("pins what its rows name, and knows no other bytes", async () => {
    const { world } = late;
    const { record } = await world.ingest("one", META);
    await world.catalog.pin({ uri: record.storageUri }, { reason: "x" });
    await world.catalog.pin({ sha256: parseSha256(record.sha256 ?? "") }, { reason: "x" });
    const unknown = { code: "NOT_FOUND" };
    await expect(world.catalog.pin({ path: "/nowhere" }, { reason: "x" })).rejects.toMatchObject(unknown);
    await expect(world.catalog.pin({ sha256: EMPTY_SHA256 }, { reason: "x" })).rejects.toMatchObject(unknown);
    expect(await world.catalog.findPins([1])).toEqual(
      new Map([[1, [expect.objectContaining({ kind: "sha256" }), expect.objectContaining({ kind: "uri" })]]]),
    );
    expect(await world.catalog.findPins([])).toEqual(new Map());
    await expect(world.catalog.findPins([0])).rejects.toThrow(RangeError);
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { PinFact } from "../../../src/catalog/why/explanation.ts";
import { findPinsOf } from "../../../src/catalog/why/find-pins-of.ts";
import { parseSha256 } from "../../../src/core/sha256.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import { CollectWorld } from "../collect/_collect-world.ts";
import { openEngine } from "../ingest/_ingest-world.ts";

let world: CollectWorld;
let catalog: Catalog;
beforeEach(async () => {
  world = new CollectWorld();
  catalog = await world.open();
});
afterEach(() => world.close());

function textsOf(pins: readonly PinFact[] | undefined): readonly string[] {
  return (pins ?? []).map(({ kind, target, reason }) => `${kind} ${target}: ${reason}`);
}

describe("why", () => {
  it("tells the pins on a row, its artifact, its hash and its place, each once", async () => {
    const { id, artifactId, storageUri, sha256 } = await world.ingest(catalog, "bytes");
    await world.ingest(catalog, "others");
    const hash = parseSha256(sha256 ?? "");
    await catalog.pin({ document: id }, { reason: "a" });
    await catalog.pin({ artifact: artifactId }, { reason: "b" });
    await catalog.pin({ sha256: hash }, { reason: "c" });
    await catalog.pin({ uri: storageUri }, { reason: "d" });
    const told = [`document ${id}: a`, `artifact ${artifactId}: b`, `sha256 ${hash}: c`, `uri ${storageUri}: d`];
    for (const word of [String(id), artifactId, hash.slice(0, 12), storageUri]) {
      const { places, pins } = await catalog.why(word);
      expect(textsOf(pins)).toEqual(told);
      expect(textsOf(places[0]?.pins)).toEqual(told);
    }
    expect((await catalog.why("2")).pins).toEqual([]);
  });

  it("tells no pin on another variant with a place", async () => {
    const { id, storageUri } = await world.ingest(catalog, "bytes");
    const { record } = await catalog.addVariant(id, { variant: "v", storageUri: "file:///v", bytes: 1 });
    await catalog.pin({ uri: record.storageUri }, { reason: "x" });
    const { places, pins } = await catalog.why(String(id));
    expect(textsOf(places.find(({ uri }) => uri === storageUri)?.pins)).toEqual([]);
    expect(textsOf(pins)).toEqual(["uri file:///v: x"]);
  });

  it("calls what is pinned no orphan, by its own catalog and by another of the root", async () => {
    const { storageUri, sha256 } = await world.orphan(catalog, "bytes");
    const hash = parseSha256(sha256 ?? "");
    expect((await catalog.why(storageUri)).places[0]?.orphan).not.toBeNull();
    await catalog.pin({ sha256: hash }, { reason: "x" });
    expect((await catalog.why(storageUri)).places[0]).toMatchObject({ orphan: null, pins: [{ catalogId: null }] });
    await catalog.unpin({ sha256: hash });
    const other = await world.open("b");
    const { id } = await world.ingest(other, "bytes");
    await other.remove([id]);
    await other.pin({ sha256: hash }, { reason: "x" });
    expect((await catalog.why(storageUri)).places[0]).toMatchObject({
      orphan: null,
      pins: [{ catalogId: expect.any(String), target: hash }],
    });
  });

  it("asks no catalog that is older, and has none", async () => {
    const sql = await openEngine();
    const older = { id: "b", path: null, sql, schemaVersion: 4, texts: new Map() };
    const place = { uri: "file:///x" as StorageUri, hashes: [], documents: [], variants: [] };
    await sql.batch([
      {
        sql: "INSERT INTO pins (kind, target, reason, pinned_at) VALUES ('uri', 'file:///x', 'x', '2026')",
        parameters: [],
      },
    ]);
    const texts = new Map([[place.uri, [place.uri]]]);
    expect(await findPinsOf({ sql, catalogs: [older] }, place)).toEqual([]);
    expect(await findPinsOf({ sql, catalogs: [{ ...older, schemaVersion: 5 }] }, place)).toEqual([]);
    expect(await findPinsOf({ sql, catalogs: [{ ...older, schemaVersion: 5, texts }] }, place)).toHaveLength(1);
  });

  it("knows a hash that is pinned, also where no bytes have it", async () => {
    const { storageUri, sha256 } = await world.orphan(catalog, "bytes");
    const hash = parseSha256(sha256 ?? "");
    await catalog.pin({ sha256: hash }, { reason: "x" });
    await catalog.close();
    await world.change([
      { sql: "DELETE FROM removals", parameters: [] },
      { sql: "DELETE FROM placed", parameters: [] },
    ]);
    await world.fs.unlink(new URL(storageUri).pathname);
    catalog = await world.open();
    expect(await catalog.why(hash)).toMatchObject({ isKnown: true, places: [], pins: [{ target: hash }] });
    expect(await catalog.why(`${hash.slice(0, 12)}`)).toMatchObject({ isKnown: true });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { findDocumentsToRemove, removeDocument } from "../../../src/catalog/remove/row-removal.ts";
import { formatTimestamp } from "../../../src/core/timestamp.ts";
import { hashOf, KEY, type OriginWorld, openOriginWorld } from "../origins/_origin-world.ts";

let world: OriginWorld;
beforeAll(async () => {
  world = await openOriginWorld({}, { fs: createMemoryFileSystem() });
});
afterAll(() => world.catalog.close());

/** What stands in the tables, oldest first, and is forgotten then. */
async function takeTombstones(): Promise<readonly (readonly unknown[])[]> {
  const left = await world.query(
    "SELECT id, artifact_id, sha256, bytes, verb, plan, reason FROM tombstones ORDER BY id",
  );
  const found: (readonly unknown[])[] = [];
  for (const [id, ...rest] of left) {
    const paths = await world.query(
      `SELECT path FROM tombstone_paths WHERE tombstone_id = ${Number(id)} ORDER BY path`,
    );
    found.push([...rest, paths.map(([path]) => path)]);
  }
  const ids = left.map(([id]) => Number(id));
  if (ids.length > 0) await world.run({ sql: `DELETE FROM tombstones WHERE id IN (${ids})` });
  return found;
}

describe("a removal leaves a tombstone", () => {
  it("with hash, size, operation, reason and the file that was added", async () => {
    await world.write("/downloads/x.txt", "the bytes");
    await world.add("/downloads/x.txt", "copy");
    const [removed] = await world.catalog.remove([(await world.row()).id], { reason: "wrong paper" });
    expect(await takeTombstones()).toEqual([
      [
        KEY.artifactId,
        await hashOf("the bytes"),
        9,
        "remove",
        removed?.operationId,
        "wrong paper",
        ["/downloads/x.txt"],
      ],
    ]);
    expect(await world.query("SELECT * FROM tombstone_paths")).toEqual([]);
  });

  it("with the path of a file that is registered where it lies, in the root and elsewhere", async () => {
    for (const path of ["/root/in.txt", "/elsewhere/ä x.txt"]) {
      await world.write(path, "lies there");
      await world.runImport(path);
      await world.catalog.remove([(await world.row()).id]);
      expect(await takeTombstones()).toMatchObject([{ 6: [path] }]);
    }
  });

  it("without a path for bytes that the catalog placed, and with that of a source URL", async () => {
    await world.ingest("placed");
    await world.catalog.remove([(await world.row()).id]);
    expect(await takeTombstones()).toMatchObject([{ 6: [] }]);
    await world.ingest("placed", undefined, { sourceUrl: "file:///old/y.txt" });
    await world.catalog.remove([(await world.row()).id]);
    expect(await takeTombstones()).toMatchObject([{ 6: ["/old/y.txt"] }]);
  });

  it("for each content of its variants, but for those of which no size is known", async () => {
    await world.ingest("one");
    const { id } = await world.row();
    await world.ingest("two", "variant");
    await world.catalog.addVariant(id, {
      variant: "again",
      storageUri: "file:///v/one",
      bytes: 3,
      sha256: await hashOf("one"),
    });
    await world.catalog.addVariant(id, { variant: "html", storageUri: "file:///v/x", bytes: 3 });
    await world.run({
      sql: "INSERT INTO variants (document_id, variant, storage_uri, created_at) VALUES (?, 'text', 'file:///v/y', ?)",
      parameters: [id, formatTimestamp(Date.now())],
    });
    await world.run({
      sql: "INSERT INTO variants (document_id, variant, storage_uri, created_at) VALUES (?, 'bad', 'file:///v/z', 'never')",
      parameters: [id],
    });
    await world.catalog.remove([id]);
    expect((await takeTombstones()).map(([, sha256, bytes, , , , paths]) => [sha256, bytes, paths])).toEqual([
      [await hashOf("one"), 3, ["/v/one"]],
      [await hashOf("two"), 3, []],
      [null, 3, ["/v/x"]],
    ]);
  });

  it("unless the row was damaged", async () => {
    await world.ingest("one");
    await world.run({ sql: "UPDATE documents SET bytes = 'many'" });
    const [row] = await world.query("SELECT id FROM documents");
    await world.catalog.remove([Number(row?.[0])]);
    expect(await takeTombstones()).toEqual([]);
  });

  it("only where the row goes, which a condition may forbid", async () => {
    // Who knows of no root takes every file for one that is somebody's.
    await world.ingest("one");
    const { id } = await world.row();
    const document = (await findDocumentsToRemove({ sql: world.other }, [id, 99])).get(id);
    if (document === undefined) throw new TypeError("it is not there");
    const removal = {
      now: formatTimestamp(systemClock.now()),
      operationId: "0".repeat(32),
      verb: "retention",
      reason: "age",
    } as const;
    const run = async (sql: string): Promise<void> => {
      const { records, deletion, followUps } = removeDocument(document, removal, { sql, values: [1] });
      await world.run(...records, deletion, ...followUps);
    };
    await run(" AND ? = 2");
    expect(await takeTombstones()).toEqual([]);
    expect(await world.row()).toMatchObject({ id });
    await run(" AND ? = 1");
    expect(await takeTombstones()).toMatchObject([
      [KEY.artifactId, await hashOf("one"), 3, "retention", "0".repeat(32), "age", [expect.stringMatching("^/root/")]],
    ]);
    expect((await world.removals()).at(-1)).toMatchObject({ verb: "retention" });
    expect(await world.catalog.listByArtifact(KEY.artifactId)).toEqual([]);
  });
});

import { beforeEach, describe, expect, it } from "vitest";
import { hashOf } from "../origins/_origin-world.ts";
import { lineOf, openSweepWorld, type SweepWorld } from "./_sweep-world.ts";

let world: SweepWorld;
beforeEach(async () => {
  world = await openSweepWorld();
  await world.write("/files/a", "alpha");
  await world.write("/files/b", "beta");
});

const LINES = [lineOf("a"), lineOf("b")];

/** Imports, removes all of it, and imports again. */
async function importRemoved(lines: readonly string[] = LINES): Promise<void> {
  await world.import(lines);
  await world.removeAll("wrong run");
}

describe.each([{}, { into: "copy" }, { into: "move" }] as const)("an import with %j", (how) => {
  it("passes over what was removed on purpose, and brings it back when it is told to", async () => {
    await importRemoved();
    const again = await world.import(LINES, how);
    expect(again).toMatchObject({ summary: { outcomes: 2, removedBefore: 2, documents: 0, repeats: 0 }, findings: [] });
    expect(again.told).toMatchObject([
      { line: 1, artifactId: "id:a", outcome: "removed_before", placement: "none", bytes: 5, moved: false },
      { line: 2, artifactId: "id:b" },
    ]);
    expect(await world.artifacts()).toEqual([]);
    expect(await world.context.fs.stat("/files/a")).toBeDefined();
    const back = await world.import(LINES, { ...how, bringBack: true });
    expect(back).toMatchObject({ summary: { removedBefore: 0, documents: 2 }, findings: [] });
    expect(await world.tombstones()).toEqual([]);
    expect(await world.import(LINES, how)).toMatchObject({ summary: { removedBefore: 0, repeats: 2 }, findings: [] });
  });

  it("registers other bytes, and never brings the old ones back as a change of these", async () => {
    await importRemoved([lineOf("a")]);
    await world.write("/files/a", "omega");
    expect(await world.import([lineOf("a")], how)).toMatchObject({ summary: { removedBefore: 0, documents: 1 } });
    await world.write("/files/old", "alpha");
    const old = lineOf("a", { path: "/files/old" });
    for (const onChange of ["keep", "replace", "variant"] as const) {
      const { summary, findings } = await world.import([old], { ...how, onChange });
      expect({ summary, findings }).toMatchObject({ summary: { removedBefore: 1, changed: 0 }, findings: [] });
    }
    expect(await world.rows()).toMatchObject([{ sha256: await hashOf("omega") }]);
    expect(await world.tombstones()).toMatchObject([{ sha256: await hashOf("alpha") }]);
    const { summary } = await world.import([old], { ...how, onChange: "replace", bringBack: true });
    expect(summary).toMatchObject({ changed: 1 });
    expect(await world.rows()).toMatchObject([{ sha256: await hashOf("alpha") }]);
    expect(await world.tombstones()).toEqual([]);
  });

  it("knows a file that was removed by its path, whatever the line calls it", async () => {
    await importRemoved([lineOf("a")]);
    const other = lineOf("a", { work_id: "another" });
    expect(await world.import([other], how)).toMatchObject({ summary: { removedBefore: 1 } });
    await world.write("/files/copy", "alpha");
    expect(await world.import([lineOf("copy")], how)).toMatchObject({ summary: { removedBefore: 0, documents: 1 } });
  });

  it("says nothing of a removed file that is gone, if its line says which bytes it had", async () => {
    const line = lineOf("a", { sha256: await hashOf("alpha"), content_length: 5 });
    await importRemoved([line]);
    await world.context.fs.unlink("/files/a");
    expect(await world.import([line], how)).toMatchObject({ summary: { removedBefore: 1, gone: 0 }, findings: [] });
    const { summary } = await world.import([line], { ...how, bringBack: true });
    expect(summary).toMatchObject({ removedBefore: 0, gone: 1 });
    expect((await world.import([lineOf("a")], how)).summary).toMatchObject({ removedBefore: 0, gone: 1 });
    const changed = lineOf("a", { sha256: await hashOf("omega"), content_length: 5 });
    expect((await world.import([changed], how)).summary).toMatchObject({ removedBefore: 0, gone: 1 });
  });
});

describe("an import", () => {
  it("counts what a row has as known, though another row with these bytes was removed", async () => {
    await world.import([lineOf("a"), lineOf("a", { work_id: "another" })]);
    const [{ id } = { id: 0 }] = await world.rows();
    await world.catalog.remove([id]);
    const { summary } = await world.import([lineOf("a", { work_id: "another" }), lineOf("a")]);
    expect(summary).toMatchObject({ repeats: 1, removedBefore: 1 });
  });

  it("keeps a tombstone whose bytes it was told to bring back and did not register", async () => {
    await importRemoved([lineOf("a")]);
    await world.write("/files/a", "omega");
    await world.import([lineOf("a")]);
    await world.write("/files/old", "alpha");
    const { findings } = await world.import([lineOf("a", { path: "/files/old" })], { bringBack: true });
    expect(findings).toMatchObject([{ kind: "changed" }]);
    expect(await world.tombstones()).toHaveLength(1);
    await world.import([lineOf("a", { path: "/files/old" })], { bringBack: true, onChange: "variant" });
    expect(await world.tombstones()).toEqual([]);
  });

  it("trusts key, path and size where no file is to be read, and nothing less", async () => {
    const line = lineOf("a", { content_length: 5 });
    const none = { hash: "none" } as const;
    await world.import([line], none);
    await world.removeAll();
    expect((await world.import([line], none)).summary).toMatchObject({ removedBefore: 1 });
    const others = [
      lineOf("a", { content_length: 6 }),
      lineOf("a", { content_length: 5, path: "/files/b" }),
      lineOf("a", { content_length: 5, work_id: "another" }),
    ];
    for (const other of others) {
      expect((await world.import([other], none)).summary).toMatchObject({ removedBefore: 0 });
    }
  });

  it("takes a file without a hash on record for new if it was written to since", async () => {
    await world.import([lineOf("a", { content_length: 5 })], { hash: "none" });
    await world.removeAll();
    expect((await world.import([lineOf("a")])).summary).toMatchObject({ removedBefore: 1 });
    await world.write("/files/a", "omega");
    await world.context.fs.setModified?.("/files/a", Date.now() + 60_000);
    expect((await world.import([lineOf("a")])).summary).toMatchObject({ removedBefore: 0, documents: 1 });
  });

  it("reads a file whose line has no usable hash before it calls it new", async () => {
    await importRemoved([lineOf("a")]);
    // The size of the line is wrong, so its hash is dropped.
    const line = lineOf("a", { sha256: await hashOf("other"), content_length: 9 });
    const { summary, findings } = await world.import([line]);
    expect({ summary, findings }).toMatchObject({ summary: { removedBefore: 1, wrongSize: 0 }, findings: [] });
  });

  it("goes on with strict, line by line", async () => {
    await importRemoved();
    await world.write("/files/c", "gamma");
    const { summary } = await world.import([...LINES, lineOf("c")], { strict: true });
    expect(summary).toMatchObject({ removedBefore: 2, documents: 1, stopped: false });
  });

  it("passes over what has a tombstone with an id below one, as another tool may number them", async () => {
    await world.write("/files/a", "removed");
    await world.import([lineOf("a")]);
    await world.removeAll();
    const columns = "artifact_id, source_url, resolver, sha256, bytes, removed_at, verb";
    const [row = []] = await world.sql.query({ sql: `SELECT ${columns} FROM tombstones` });
    const values = { sql: `INSERT INTO tombstones (id, ${columns}) VALUES (-1, ?, ?, ?, ?, ?, ?, ?)`, parameters: row };
    await world.sql.batch([{ sql: "DELETE FROM tombstones WHERE id = ?", parameters: [1] }, values]);
    expect(await world.tombstones()).toMatchObject([{ id: -1 }]);
    expect((await world.import([lineOf("a")])).summary).toMatchObject({ removedBefore: 1, documents: 0 });
  });

  it("says in its progress what it passed over", async () => {
    await importRemoved();
    const told: number[] = [];
    await world.import(LINES, { onProgress: ({ removedBefore }) => void told.push(removedBefore) });
    expect(told.at(-1)).toBe(2);
  });

  it("registers renderings with their line, though such bytes were removed before", async () => {
    await world.write("/files/a.html", "page");
    await importRemoved([lineOf("a", { html_paths: ["/files/a.html"] })]);
    await world.write("/files/a", "omega");
    const { summary } = await world.import([lineOf("a", { html_paths: ["/files/a.html"] })]);
    expect(summary).toMatchObject({ removedBefore: 0, documents: 1, variants: 1 });
  });
});

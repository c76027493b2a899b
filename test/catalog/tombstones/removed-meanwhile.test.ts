import { beforeEach, describe, expect, it } from "vitest";
import { lineOf, openSweepWorld, type SweepWorld } from "./_sweep-world.ts";

let world: SweepWorld;
beforeEach(async () => {
  world = await openSweepWorld();
  await world.write("/files/a", "alpha");
  await world.write("/files/b", "beta");
  await world.write("/root/in", "inside");
});

/** What somebody removes on purpose between the look of a run and its batch. */
function removeMeanwhile(): void {
  world.beforeNextInsert(() => world.removeAll("just now"));
}

describe("what is removed on purpose beside a run does not come back by it", () => {
  it.each([{}, { hash: "none" }, { into: "copy" }, { into: "move" }, { strict: true }] as const)(
    "an import with %j",
    async (how) => {
      const lines = [lineOf("a", { content_length: 5 }), lineOf("b", { content_length: 4 })];
      await world.import([lines[0] ?? ""], how.hash === undefined ? {} : how);
      removeMeanwhile();
      const { summary, findings } = await world.import(lines, how);
      expect(findings).toEqual([]);
      expect(summary).toMatchObject({ outcomes: 2, removedBefore: 1, documents: 1, repeats: 0 });
      expect(await world.artifacts()).toEqual(["id:b"]);
      expect(await world.context.fs.stat("/files/a")).toBeDefined();
    },
  );

  it("an import of files in the root, which have leases", async () => {
    const lines = [lineOf("in", { path: "/root/in" }), lineOf("b")];
    await world.import(lines.slice(0, 1));
    removeMeanwhile();
    const { summary } = await world.import(lines);
    expect(summary).toMatchObject({ removedBefore: 1, documents: 1 });
    expect(await world.artifacts()).toEqual(["id:b"]);
    expect(await world.sql.query({ sql: "SELECT * FROM leases" })).toEqual([]);
  });

  it("an import in the root whose lease is gone, too", async () => {
    const line = lineOf("in", { path: "/root/in" });
    await world.import([line]);
    world.beforeNextInsert(async () => {
      const leases = await world.sql.query({ sql: "SELECT id FROM leases" });
      await world.sql.batch(
        leases.map(([id]) => ({ sql: "DELETE FROM leases WHERE id = ?", parameters: [id ?? null] })),
      );
      await world.removeAll();
    });
    expect((await world.import([line])).summary).toMatchObject({ removedBefore: 1, documents: 0 });
    expect(await world.artifacts()).toEqual([]);
  });

  it.each(["copy", "move", "none"] as const)("a folder that is added with into %s", async (into) => {
    await world.addAll(["/files"], { into: into === "move" ? "copy" : into });
    removeMeanwhile();
    const { summary, findings } = await world.addAll(["/files"], { into, jobs: 1 });
    expect(findings).toEqual([]);
    expect(summary).toMatchObject({ files: 2, removedBefore: 2, documents: 0, failed: 0 });
    expect(await world.artifacts()).toEqual([]);
    expect(await world.context.fs.stat("/files/a")).toBeDefined();
  });

  it("unless it was told to bring back what was removed", async () => {
    await world.import([lineOf("a")]);
    removeMeanwhile();
    expect((await world.import([lineOf("a")], { bringBack: true })).summary).toMatchObject({ documents: 1 });
    removeMeanwhile();
    expect((await world.addAll(["/files"], { bringBack: true })).summary).toMatchObject({ documents: 2 });
  });
});

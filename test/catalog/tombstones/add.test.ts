import { beforeEach, describe, expect, it } from "vitest";
import { hashOf } from "../origins/_origin-world.ts";
import { lineOf, openSweepWorld, type SweepWorld } from "./_sweep-world.ts";

let world: SweepWorld;
beforeEach(async () => {
  world = await openSweepWorld();
  await world.write("/files/a", "alpha");
  await world.write("/files/b", "beta");
});

describe.each(["copy", "move", "hardlink", "none"] as const)("a folder that is added with into %s", (into) => {
  it("has what was removed on purpose passed over, until it is told to bring it back", async () => {
    await world.addAll(["/files"], { into: into === "move" ? "copy" : into });
    await world.removeAll();
    const told: string[] = [];
    const again = await world.addAll(["/files"], { into, onAdded: ({ outcome }) => void told.push(outcome) });
    expect(again).toMatchObject({ summary: { files: 2, bytes: 9, removedBefore: 2, documents: 0 }, findings: [] });
    expect(told).toEqual(["removed_before", "removed_before"]);
    expect(await world.artifacts()).toEqual([]);
    expect(await world.context.fs.stat("/files/a")).toBeDefined();
    await world.write("/files/c", "gamma");
    await world.write("/files/b", "new b");
    expect((await world.addAll(["/files"], { into })).summary).toMatchObject({ removedBefore: 1, documents: 2 });
    expect((await world.addAll(["/files"], { into, bringBack: true })).summary).toMatchObject({
      removedBefore: 0,
      documents: 1,
    });
    expect(await world.tombstones()).toMatchObject([{ sha256: await hashOf("beta") }]);
  });
});

describe("a folder that is added", () => {
  it("has a file passed over that came from a manifest under another id, and that of a variant", async () => {
    await world.write("/files/a.html", "page");
    await world.import([lineOf("a", { html_paths: ["/files/a.html"] })]);
    await world.removeAll();
    expect((await world.addAll(["/files"])).summary).toMatchObject({ files: 3, removedBefore: 2, documents: 1 });
    expect(await world.artifacts()).toEqual(["file:files/b"]);
  });

  it("has a file added whose bytes a row has, and never the old bytes brought back as a change", async () => {
    const change = { onChange: "replace" } as const;
    await world.addAll(["/files/a"]);
    await world.removeAll();
    await world.write("/files/a", "omega");
    await world.addAll(["/files"]);
    await world.write("/files/a", "alpha");
    expect(await world.addAll(["/files"], change)).toMatchObject({
      summary: { removedBefore: 1, found: 1 },
      findings: [],
    });
    await world.import([lineOf("a", { work_id: "another" })], { bringBack: true });
    expect((await world.addAll(["/files"], change)).summary).toMatchObject({ removedBefore: 0, found: 2 });
  });

  it("has a file without a hash on record passed over unless it was written to since", async () => {
    await world.import([lineOf("a", { content_length: 5 }), lineOf("b", { content_length: 4 })], { hash: "none" });
    await world.removeAll();
    await world.context.fs.setModified?.("/files/b", Date.now() + 60_000);
    expect((await world.addAll(["/files"])).summary).toMatchObject({ removedBefore: 1, documents: 1 });
  });
});

describe("a file that is named itself", () => {
  it.each(["copy", "none"] as const)("is added with into %s, which ends its tombstones", async (into) => {
    await world.import([lineOf("a")]);
    await world.removeAll();
    expect((await world.addAll(["/files/a"], { into })).summary).toMatchObject({ removedBefore: 0, documents: 1 });
    expect(await world.tombstones()).toEqual([]);
  });

  it("keeps the tombstones of other bytes", async () => {
    await world.addAll(["/files/a"]);
    await world.removeAll();
    await world.write("/files/a", "omega");
    await world.addAll(["/files/a"]);
    expect(await world.tombstones()).toHaveLength(1);
  });
});

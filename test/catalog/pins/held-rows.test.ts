import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PinTarget } from "../../../src/catalog/pins/pin.ts";
import { parseStorageUri } from "../../../src/core/storage-uri.ts";
import { hashOf, KEY, type OriginWorld, openOriginWorld } from "../origins/_origin-world.ts";

let world: OriginWorld;
beforeEach(async () => {
  world = await openOriginWorld();
});
afterEach(() => world.catalog.close());

const REFUSED = { code: "REFUSED", details: { guard: "pinned" } };
const HOLDS = ["row", "artifact", "hash", "place"] as const;

/** A pin of each kind that holds the row of the world. */
async function targetOf(hold: (typeof HOLDS)[number]): Promise<PinTarget> {
  const { id, artifactId, sha256, storageUri } = await world.row();
  if (hold === "row") return { document: id };
  if (hold === "artifact") return { artifact: artifactId };
  return hold === "hash" && sha256 !== null ? { sha256 } : { uri: storageUri };
}

describe.each(HOLDS)("a pin on the %s of a document", (hold) => {
  it("keeps it from being removed, until the pin ends", async () => {
    await world.ingest("old");
    const { id } = await world.row();
    const target = await targetOf(hold);
    await world.catalog.pin(target, { reason: "for the audit", until: "9000-01-01" });
    const removing = world.catalog.remove([id]);
    await expect(removing).rejects.toMatchObject(REFUSED);
    await expect(removing).rejects.toThrow(`Cannot remove document ${id}: it is pinned, by the pin on `);
    await expect(removing).rejects.toThrow('("for the audit", until 9000-01-01T00:00:00.000Z)');
    await world.catalog.unpin(target);
    expect(await world.catalog.remove([id])).toHaveLength(1);
  });

  it("keeps its bytes from being replaced, however others come", async () => {
    await world.ingest("old");
    const before = await world.row();
    const target = await targetOf(hold);
    await world.catalog.pin(target, { reason: "for the audit" });
    await expect(world.ingest("others", "replace")).rejects.toMatchObject(REFUSED);
    await expect(world.register("file:///elsewhere/x", "more others", "replace")).rejects.toMatchObject(REFUSED);
    await world.write("/incoming/y.txt", "yet others");
    const finalizing = world.catalog.finalize("/incoming/y.txt", KEY, { onChange: "replace" });
    await expect(finalizing).rejects.toThrow(`Cannot replace the bytes of document ${before.id}: it is pinned`);
    expect(await world.fs.stat("/incoming/y.txt")).toBeDefined();
    expect(await world.row()).toEqual(before);
    expect((await world.removals()).filter(({ verb }) => verb === "replace")).toEqual([]);
    await world.ingest("old", "replace");
    await world.ingest("beside", "variant");
    expect(await world.row()).toEqual(before);
    await world.catalog.unpin(target);
    await world.ingest("others", "replace");
    expect(await world.row()).toMatchObject({ sha256: await hashOf("others") });
  });
});

describe("a pin", () => {
  it("keeps all of several documents when it holds one of them", async () => {
    await world.ingest("one");
    await world.ingest("two", undefined, { artifactId: "doi:10.1/y" });
    await world.catalog.pin({ document: 2 }, { reason: "x" });
    await expect(world.catalog.remove([1, 2])).rejects.toThrow("Cannot remove document 2");
    expect((await world.catalog.stats()).documents).toBe(2);
  });

  it("on what a variant has keeps its document from being removed, and not from taking other bytes", async () => {
    await world.ingest("old");
    const uri = await world.ingest("beside", "variant");
    await world.catalog.pin({ sha256: await hashOf("beside") }, { reason: "x" });
    await expect(world.catalog.remove([1])).rejects.toMatchObject(REFUSED);
    await world.catalog.unpin({ sha256: await hashOf("beside") });
    await world.catalog.pin({ uri: parseStorageUri(uri) }, { reason: "x" });
    await expect(world.catalog.remove([1])).rejects.toMatchObject(REFUSED);
    await world.ingest("others", "replace");
    expect(await world.row()).toMatchObject({ sha256: await hashOf("others") });
  });

  it("holds where nobody can tell whether the bytes are others", async () => {
    await world.register("file:///x", "old");
    await world.catalog.pin({ document: 1 }, { reason: "x" });
    const unknown = { ...KEY, storageUri: "file:///y", bytes: 3, sha256: null };
    await expect(world.catalog.registerOrGet(unknown, { onChange: "replace" })).rejects.toMatchObject(REFUSED);
    expect(await world.row()).toMatchObject({ storageUri: "file:///x" });
  });

  it("is one finding of a file that is added, and the run goes on", async () => {
    await world.write("/in/a.txt", "a, first");
    await world.write("/in/b.txt", "b, first");
    await world.catalog.add([{ path: "/in" }], { recursive: true, into: "copy" });
    const { artifactId } = await world.catalog.getById(1);
    await world.catalog.pin({ artifact: artifactId }, { reason: "x" });
    await world.write("/in/a.txt", "a, second");
    await world.write("/in/b.txt", "b, second");
    for (const _ of [1, 2]) {
      const findings: { kind: string; message: string }[] = [];
      await world.catalog.add([{ path: "/in" }], {
        ...{ recursive: true, into: "copy", onChange: "replace" },
        onFinding: (finding) => void findings.push(finding),
      });
      const pinned = findings.filter(({ kind }) => kind === "refused");
      expect(pinned).toHaveLength(1);
      expect(pinned[0]?.message).toContain(
        "Cannot replace the bytes of document 1: it is pinned, by the pin on artifact",
      );
    }
    expect(await world.catalog.getById(1)).toMatchObject({ sha256: await hashOf("a, first") });
    expect(await world.catalog.getById(2)).toMatchObject({ sha256: await hashOf("b, second") });
  });

  it.each([undefined, "copy", "move"] as const)("is one finding of a line that is imported (into %s)", async (into) => {
    await world.write("/in/a.txt", "first");
    await world.runImport("/in/a.txt", { into });
    await world.catalog.pin({ artifact: KEY.artifactId }, { reason: "for the audit" });
    const before = await world.row();
    await world.write("/in/b.txt", "second");
    const findings: string[] = [];
    const summary = await world.runImport("/in/b.txt", { into, onChange: "replace" }, findings);
    expect(summary).toMatchObject({ changed: 1, documents: 0 });
    expect(findings.join("\n")).toContain(
      'they were kept, as it is pinned, by the pin on artifact "doi:10.1/x" ("for the audit"), the new ones',
    );
    expect(await world.row()).toEqual(before);
    expect(await world.fs.stat("/in/b.txt")).toBeDefined();
  });
});

describe("a variant", () => {
  beforeEach(async () => {
    await world.write("/in/x.txt", "document");
    await world.write("/in/x.html", "page");
    await world.runImport("/in/x.txt", { html_paths: ["/in/x.html"] });
    await world.write("/in/x.html", "other page");
  });

  const replace = async (into: "none" | "copy"): Promise<readonly string[]> => {
    const findings: string[] = [];
    const onFinding = ({ kind, message }: { readonly kind: string; readonly message: string }): void =>
      void findings.push(`${kind}: ${message}`);
    await world.catalog.add([{ path: "/in/x.html" }, { path: "/in/x.txt" }], { into, onChange: "replace", onFinding });
    return findings;
  };

  it.each(["row", "artifact", "hash", "place"] as const)("keeps its bytes by a pin on its %s", async (hold) => {
    const before = (await world.catalog.listVariants(1))[0];
    const target: PinTarget =
      hold === "hash"
        ? { sha256: await hashOf("page") }
        : hold === "place"
          ? { path: "/in/x.html" }
          : hold === "row"
            ? { document: 1 }
            : { artifact: KEY.artifactId };
    await world.catalog.pin(target, { reason: "x" });
    for (const into of ["none", "copy"] as const) {
      const [refused] = await replace(into);
      expect(refused).toContain(
        `refused: Cannot replace the bytes of variant "${before?.variant}" of document 1: it is pinned`,
      );
      expect(await world.catalog.listVariants(1)).toEqual([before]);
    }
    await world.catalog.unpin(target);
    await replace("copy");
    expect(await world.catalog.listVariants(1)).toMatchObject([{ sha256: await hashOf("other page") }]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { PinTarget } from "../../../src/catalog/pins/pin.ts";
import { parseSha256 } from "../../../src/core/sha256.ts";
import { parseStorageUri } from "../../../src/core/storage-uri.ts";
import { collect, digestOf, openForTest, registrationOf } from "../_open-for-test.ts";
import { hashOf, type OriginWorld, openOriginWorld } from "../origins/_origin-world.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const HASH = parseSha256(digestOf("1"));

let catalog: Catalog;
let nowMs = NOW;
beforeEach(async () => {
  nowMs = NOW;
  catalog = await openForTest({ clock: { ...systemClock, now: () => nowMs } });
  await catalog.registerMany([registrationOf(1), registrationOf(2)]);
});
afterEach(() => catalog.close());

describe("pin", () => {
  it("keeps what is pinned, by row, artifact, hash and place, with the reason and the end", async () => {
    const targets: readonly PinTarget[] = [
      { document: 1 },
      { artifact: "doi:10.1/2" },
      { sha256: HASH },
      { uri: parseStorageUri("file:///data/2.pdf") },
      { path: "/data/x/../1.pdf" },
    ];
    for (const target of targets) await catalog.pin(target, { reason: "for the audit", until: "2026-04-01" });
    const common = {
      reason: "for the audit",
      pinnedAt: "2026-03-01T12:00:00.000Z",
      expiresAt: "2026-04-01T00:00:00.000Z",
    };
    expect(await collect(catalog.listPins())).toEqual([
      { kind: "document", target: "1", ...common },
      { kind: "artifact", target: "doi:10.1/2", ...common },
      { kind: "sha256", target: HASH, ...common },
      { kind: "uri", target: "file:///data/2.pdf", ...common },
      { kind: "uri", target: "file:///data/1.pdf", ...common },
    ]);
  });

  it("has the newer of two reasons, and gives the older one", async () => {
    const first = await catalog.pin({ document: 1 }, { reason: "one" });
    expect(first).toMatchObject({ reason: "one", expiresAt: null, former: null });
    nowMs += 1000;
    expect(await catalog.pin({ document: 1 }, { reason: "one" })).toMatchObject({ former: null });
    expect(await catalog.pin({ document: 1 }, { reason: "two" })).toMatchObject({
      reason: "two",
      former: { reason: "one" },
    });
    const until = "2026-05-01T00:00:00.000Z";
    expect(await catalog.pin({ document: 1 }, { reason: "two", until })).toMatchObject({
      expiresAt: until,
      former: { reason: "two", expiresAt: null },
    });
    expect(await collect(catalog.listPins())).toMatchObject([{ reason: "two", expiresAt: until }]);
  });

  it.each([
    ["a row", { document: 99 }, "document 99"],
    ["an artifact", { artifact: "doi:10.1/99" }, 'artifact "doi:10.1/99"'],
    ["a hash", { sha256: parseSha256(digestOf("f")) }, `SHA-256 ${digestOf("f")}`],
    ["a place", { path: "/data/99.pdf" }, '"file:///data/99.pdf"'],
  ] as const)("refuses %s that nothing knows", async (_what, target, named) => {
    await expect(catalog.pin(target, { reason: "x" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `Cannot pin ${named}: the catalog knows nothing by that`,
    });
    expect(await collect(catalog.listPins())).toEqual([]);
  });

  it("refuses what makes no sense", async () => {
    await expect(catalog.pin({ document: 1 }, { reason: "x", until: "2026-02-28" })).rejects.toThrow(
      "Cannot pin until 2026-02-28T00:00:00.000Z: that is over, it is 2026-03-01T12:00:00.000Z",
    );
    await expect(catalog.pin({ document: 1 }, { reason: "x", until: "soon" })).rejects.toThrow(SyntaxError);
    await expect(catalog.pin({ document: 1 }, { reason: "" })).rejects.toThrow(TypeError);
    await expect(catalog.pin({ document: 1 }, { reason: "  " })).rejects.toThrow("it is empty");
    await expect(catalog.pin({ document: 1 }, { reason: "x".repeat(4097) })).rejects.toThrow(RangeError);
    await expect(catalog.pin({ document: 0 }, { reason: "x" })).rejects.toThrow(RangeError);
    await expect(catalog.pin({ path: "a.pdf" }, { reason: "x" })).rejects.toThrow("the path is not absolute");
    expect(await collect(catalog.listPins())).toEqual([]);
  });

  it("is ended by unpin, once", async () => {
    await catalog.pin({ path: "/data/1.pdf" }, { reason: "x" });
    expect(await catalog.unpin({ uri: parseStorageUri("file:///data/1.pdf") })).toBe(true);
    expect(await catalog.unpin({ path: "/data/1.pdf" })).toBe(false);
    expect(await catalog.unpin({ document: 99 })).toBe(false);
  });
});

describe("what a catalog knows", () => {
  let world: OriginWorld;
  beforeEach(async () => {
    world = await openOriginWorld();
  });
  afterEach(() => world.catalog.close());

  it("are bytes that were removed, by hash and place, and bytes in the root that no row names", async () => {
    const uri = parseStorageUri(await world.ingest("the bytes"));
    await world.catalog.remove([(await world.row()).id]);
    await world.catalog.pin({ sha256: await hashOf("the bytes") }, { reason: "x" });
    await world.catalog.pin({ uri }, { reason: "x" });
    await world.write("/root/left/here.txt", "somebody's");
    await world.catalog.pin({ path: "/root/left/here.txt" }, { reason: "x" });
    expect(await collect(world.catalog.listPins())).toHaveLength(3);
    await expect(world.catalog.pin({ path: "/root/left/nowhere.txt" }, { reason: "x" })).rejects.toThrow(
      "knows nothing",
    );
  });

  it("has any number of pins", async () => {
    const many = Array.from({ length: 1001 }, (_, n) => ({
      sql: "INSERT INTO pins (kind, target, reason, pinned_at) VALUES ('artifact', ?, 'x', '2026')",
      parameters: [`doi:10.1/${n}`],
    }));
    await world.run(...many);
    await world.ingest("refreshed");
    expect(await collect(world.catalog.listPins())).toHaveLength(1001);
  });

  it("are bytes of layout cas that are on no record", async () => {
    const sha256 = await hashOf("lost and found");
    await world.write(`/root/cas/sha256/${sha256.slice(0, 2)}/${sha256.slice(2)}`, "lost and found");
    expect(await world.catalog.pin({ sha256 }, { reason: "x" })).toMatchObject({ kind: "sha256", target: sha256 });
    await expect(world.catalog.pin({ sha256: await hashOf("never") }, { reason: "x" })).rejects.toThrow(
      "knows nothing",
    );
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import { LiveNames } from "../../../../src/catalog/collect/live/live-names.ts";
import { parseBlobKey } from "../../../../src/core/naming/blob-key.ts";
import { parseSha256 } from "../../../../src/core/sha256.ts";
import type { SqlEngine } from "../../../../src/ports/sql.ts";
import { openEngine } from "../../ingest/_ingest-world.ts";
import { hashOf } from "../../origins/_origin-world.ts";
import { actionsOf, CollectWorld, collect, pathOf, planned, ROOT } from "../_collect-world.ts";

describe.each(["cas", "policy_path"] as const)("pins (%s)", (layout) => {
  let world: CollectWorld;
  let pinWhenTaken: (() => Promise<unknown>) | undefined;
  beforeEach(() => {
    pinWhenTaken = undefined;
    const fs = createMemoryFileSystem();
    const rename = fs.rename.bind(fs);
    fs.rename = async (from, to) => {
      await rename(from, to);
      if (!to.includes("/.trash/")) return;
      const pin = pinWhenTaken;
      pinWhenTaken = undefined;
      await pin?.();
    };
    world = new CollectWorld({ layout, fs });
  });
  afterEach(() => world.close());

  it("on a hash or a place keep bytes that no row names, until they end", async () => {
    const catalog = await world.open();
    const byHash = await world.orphan(catalog, "by hash");
    const byPlace = await world.orphan(catalog, "by place");
    const other = await world.orphan(catalog, "other");
    const sha256 = parseSha256(byHash.sha256 ?? "");
    await catalog.pin({ sha256 }, { reason: "x" });
    await catalog.pin({ uri: byPlace.storageUri }, { reason: "x" });
    const { applied } = await collect(catalog, { orphanTtlDays: 0 });
    expect(applied).toContain(`delete ${pathOf(other).slice(ROOT.length + 1)} unreferenced`);
    expect(applied.filter((line) => line.endsWith("unreferenced"))).toHaveLength(1);
    expect(await world.read(pathOf(byHash))).toBe("by hash");
    expect(await world.read(pathOf(byPlace))).toBe("by place");
    await catalog.unpin({ sha256 });
    await catalog.unpin({ uri: byPlace.storageUri });
    await collect(catalog, { orphanTtlDays: 0 });
    expect(await world.read(pathOf(byHash))).toBeUndefined();
    expect(await world.read(pathOf(byPlace))).toBeUndefined();
  });

  it("that are set after the plan was made keep what it names", async () => {
    const catalog = await world.open();
    const byHash = await world.orphan(catalog, "by hash");
    const byPlace = await world.orphan(catalog, "by place");
    const plan = await catalog.planCollect({ orphanTtlDays: 0 });
    await catalog.pin({ sha256: parseSha256(byHash.sha256 ?? "") }, { reason: "x" });
    await catalog.pin({ uri: byPlace.storageUri }, { reason: "x" });
    const findings: string[] = [];
    await catalog.apply(plan, { force: true, onFinding: ({ kind, action }) => findings.push(`${kind} ${action.uri}`) });
    expect(findings.sort()).toEqual([`referenced ${byHash.storageUri}`, `referenced ${byPlace.storageUri}`].sort());
    expect(await world.read(pathOf(byHash))).toBe("by hash");
    expect(await world.read(pathOf(byPlace))).toBe("by place");
  });

  it("of another catalog of the root keep bytes as its own do", async () => {
    const [catalog, other] = [await world.open("a"), await world.open("b")];
    const early = await world.orphan(catalog, "early", "early");
    const late = await world.orphan(catalog, "late", "late");
    for (const text of ["early", "late"]) {
      const { id } = await world.ingest(other, text, `other-${text}`);
      await other.remove([id]);
    }
    await other.pin({ sha256: await hashOf("early") }, { reason: "x" });
    const plan = await catalog.planCollect({ orphanTtlDays: 0 });
    pinWhenTaken = () => other.pin({ sha256: parseSha256(late.sha256 ?? "") }, { reason: "x" });
    const findings: string[] = [];
    await catalog.apply(plan, { force: true, onFinding: ({ kind, action }) => findings.push(`${kind} ${action.uri}`) });
    expect(findings).toContain(`referenced ${late.storageUri}`);
    expect(await world.read(pathOf(early))).toBe("early");
    expect(await world.read(pathOf(late))).toBe("late");
  });

  it("keep what is in the trash from going when its time is over", async () => {
    const catalog = await world.open();
    const records = [];
    for (const text of ["by hash", "by place", "late", "other"]) records.push(await world.orphan(catalog, text));
    const [byHash, byPlace, late, other] = records.map(({ storageUri, sha256 }) => ({
      uri: storageUri,
      sha256: parseSha256(sha256 ?? ""),
    }));
    if (!byHash || !byPlace || !late || !other) throw new TypeError("four were stored");
    await collect(catalog, { orphanTtlDays: 0, trash: true });
    await catalog.pin({ sha256: byHash.sha256 }, { reason: "x" });
    await catalog.pin({ uri: byPlace.uri }, { reason: "x" });
    world.wait(31);
    const plan = await catalog.planCollect();
    expect(plan.size).toBe(2);
    await catalog.pin({ sha256: late.sha256 }, { reason: "x" });
    const findings: string[] = [];
    await catalog.apply(plan, { force: true, onFinding: ({ kind }) => findings.push(kind) });
    expect(findings).toEqual(["referenced"]);
    const left: string[] = [];
    for await (const { uri } of catalog.listTrash()) left.push(uri);
    expect(left.sort()).toEqual([byHash.uri, byPlace.uri, late.uri].sort());
    for (const { sha256 } of [byHash, late]) await catalog.unpin({ sha256 });
    expect((await actionsOf(catalog)).filter(({ reason }) => reason === "trash_expired")).toHaveLength(2);
  });

  it("are told by audit as no orphans and no leftovers", async () => {
    const catalog = await world.open();
    const orphan = await world.orphan(catalog, "orphan");
    const kinds = async (): Promise<readonly string[]> => {
      const found: string[] = [];
      for await (const { kind, uri } of catalog.audit()) if (uri === orphan.storageUri) found.push(kind);
      return found;
    };
    expect(await kinds()).toEqual(["orphan"]);
    await catalog.pin({ sha256: parseSha256(orphan.sha256 ?? "") }, { reason: "x" });
    expect(await kinds()).toEqual([]);
  });
});

describe("pins", () => {
  it("of a catalog that is older, and has no table of them, are none", async () => {
    const store = await new CollectWorld().storeOf("alive");
    const asked: string[] = [];
    const sql: Pick<SqlEngine, "query" | "sync" | "describe"> = {
      query: async ({ sql: text }) => {
        asked.push(text);
        return [];
      },
      sync: async () => {},
      describe: async () => ({ schemaVersion: 4 }) as Awaited<ReturnType<SqlEngine["describe"]>>,
    };
    const names = new LiveNames({ fs: createMemoryFileSystem(), store });
    await names.read(sql as SqlEngine);
    expect(asked.filter((text) => text.includes("pins"))).toEqual([]);
    expect(asked).not.toEqual([]);
  });

  it("are read to the last", async () => {
    const sql = await openEngine();
    const pins = Array.from({ length: 5001 }, (_, n) => ({
      sql: "INSERT INTO pins (kind, target, reason, pinned_at) VALUES ('uri', ?, 'x', '2026')",
      parameters: [`file://${ROOT}/${n}`],
    }));
    await sql.batch(pins);
    const world = new CollectWorld();
    const names = new LiveNames({ fs: world.fs, store: await world.storeOf("alive") });
    await names.read(sql);
    expect([names.has(parseBlobKey("0")), names.has(parseBlobKey("5000")), names.has(parseBlobKey("5001"))]).toEqual([
      ...[true, true, false],
    ]);
    expect([names.size, names.bytes]).toEqual([0, 0]);
  });

  it("keep bytes that were stored and came to no row", async () => {
    const world = new CollectWorld();
    const catalog = await world.open();
    await world.ingest(catalog, "a row");
    await catalog.close();
    const uri = `file://${ROOT}/left.txt`;
    await world.write(`${ROOT}/left.txt`, "left");
    const identity = (await world.fs.stat(`${ROOT}/left.txt`))?.identity ?? "";
    const sha256 = await hashOf("left");
    await world.change([
      {
        sql: "INSERT INTO removals (uri, sha256, bytes, removed_at, verb, origin, identity) VALUES (?, ?, 4, '2026-01-01T00:00:00.000Z', 'abandon', 'placed', ?)",
        parameters: [uri, sha256, identity],
      },
    ]);
    const again = await world.open();
    expect(await planned(again, { orphanTtlDays: 0 })).toEqual(["delete left.txt abandoned"]);
    await again.pin({ sha256 }, { reason: "x" });
    expect(await planned(again, { orphanTtlDays: 0 })).toEqual([]);
    await world.close();
  });
});

import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { measured } from "../../../src/adapters/sql/oplog/measured.ts";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import { countDamage } from "../../../src/catalog/telemetry/count-damage.ts";
import { countFailure } from "../../../src/catalog/telemetry/count-failure.ts";
import { countRemoved } from "../../../src/catalog/telemetry/count-removed.ts";
import { Figures } from "../../../src/catalog/telemetry/figures.ts";
import { noteCollected } from "../../../src/catalog/telemetry/note-collected.ts";
import { findPathOfUri, type StorageUri } from "../../../src/core/storage-uri.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";
import { openWorld } from "../ingest/_ingest-world.ts";

const told: string[] = [];
const telemetry = {
  ...noTelemetry,
  count: (name: string, labels: object, by = 1) => void told.push(`${name} ${Object.values(labels).join()} ${by}`),
  record: (name: string, _value: number, labels: object) => void told.push(`${name} ${Object.values(labels).join()}`),
};

function takeTold(): readonly string[] {
  return told.splice(0);
}

const HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

const failures = "contentdownload_verify_failures_total";
const uri = "file:///root/a" as StorageUri;

describe("a failure", () => {
  it.each([
    ["ok", null, []],
    ["unchecked", "no_hash", []],
    ["mismatch", "hash", [`${failures} hash_mismatch 1`]],
    ["mismatch", "size", [`${failures} size_mismatch 1`]],
    ["mismatch", "conflicting_records", [`${failures} hash_mismatch 1`]],
    ["missing", "gone", [`${failures} missing 1`]],
    ["unreadable", "io", [`${failures} unreadable 1`]],
  ] as const)("of a result %s, %s", (result, reason, counted) => {
    countFailure({ telemetry }, { result, reason });
    expect(takeTold()).toEqual(counted);
  });

  it("is one for all who meet it, and is forgotten when there are very many", () => {
    const context = { telemetry, state: { damaged: new Set<string>() } } as Parameters<typeof countDamage>[0];
    const meet = (at: number): void =>
      countDamage(context, { uri: `${uri}${at}` as StorageUri, reason: "missing" }, undefined);
    meet(0);
    meet(0);
    expect(takeTold()).toEqual([`${failures} missing 1`]);
    for (let at = 1; at <= 10_000; at++) meet(at);
    expect(context.state.damaged.size).toBe(1);
    meet(0);
    expect(takeTold()).toHaveLength(10_001);
  });

  it("of a blob that two rows name is one, under names for people, too", async () => {
    const world = await openWorld();
    const { fs } = world.context;
    const [one, other] = [world.meta({}), world.meta({})];
    const { record } = await world.ingest("hello", one);
    await world.catalog.registerOrGet({ ...other, bytes: 5, sha256: HELLO, storageUri: record.storageUri });
    const path = findPathOfUri(record.storageUri) ?? "";
    await fs.unlink(path);
    const handle = await fs.open(path, "create");
    await handle.write(new TextEncoder().encode("jello"));
    await handle.close();
    await Promise.all([world.ingest("hello", one), world.ingest("hello", other)]);
    expect(world.counts.filter((count) => count.startsWith(failures))).toEqual([`${failures} hash_mismatch`]);
  });

  it("is that a blob is gone which its row names", async () => {
    const world = await openWorld();
    const { record } = await world.ingest("hello", { artifactId: "a" });
    await world.context.fs.unlink(findPathOfUri(record.storageUri) ?? "");
    await world.ingest("hello", { artifactId: "a", sourceUrl: record.sourceUrl });
    expect(world.counts.filter((count) => count.startsWith(failures))).toEqual([`${failures} missing`]);
  });
});

describe("a removal", () => {
  it("takes an orphan away, unless nobody knew whose it was", () => {
    const figures = new Figures();
    const live = { files: 1, bytes: 9 };
    noteCollected({ figures }, { live, orphaned: { files: 2, bytes: 7 }, documents: undefined });
    countRemoved({ telemetry, figures }, { bytes: 4, reason: "unreferenced" });
    countRemoved({ telemetry, figures }, { bytes: 4, reason: "unknown" });
    expect(takeTold()).toEqual([
      ...["contentdownload_gc_removed_total  1", "content_catalog.gc.removed.size  4"],
      ...["contentdownload_gc_removed_total  1", "content_catalog.gc.removed.size  4"],
    ]);
    const { values } = figures.read({ sql: {} as SqlEngine, clock: systemClock });
    expect([...values]).toEqual([
      ["content_catalog.physical.size", 9],
      ["content_catalog.orphans", 1],
      ["content_catalog.orphans.size", 3],
    ]);
  });
});

describe("what the engine does", () => {
  it("is told with how it ended", async () => {
    const parts = { clock: systemClock, telemetry };
    const failure = new Error("busy");
    const wait = "content_catalog.lock.wait.duration";
    expect(await measured(parts, wait, async () => 42)).toBe(42);
    await expect(measured(parts, wait, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(takeTold()).toEqual([`${wait} ok`, `${wait} error`]);
    expect(await measured({ clock: systemClock }, wait, async () => 42)).toBe(42);
  });
});

import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { GaugeName } from "../../../src/core/telemetry/metric-labels.ts";
import { createMemoryFileSystem, openCatalog } from "../../../src/hosts/memory.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { CatalogFigures } from "../../../src/ports/telemetry.ts";

const META = { sourceUrl: "https://example.org/a", resolver: "r" };
const files = createMemoryFileSystem();
let laterMs = 0;
const clock: Clock = { ...systemClock, now: () => systemClock.now() + laterMs };

async function openObserved(fs = files): Promise<{
  readonly catalog: Catalog;
  readonly read: () => CatalogFigures;
  readonly figures: (...names: readonly string[]) => readonly (number | undefined)[];
  readonly ended: () => boolean;
}> {
  let read: (() => CatalogFigures) | undefined;
  let ended = false;
  const observe = (given: () => CatalogFigures): (() => void) => {
    read = given;
    return () => {
      ended = true;
    };
  };
  const settings = { storage: { layout: "cas" } } as const;
  const catalog = await openCatalog({ ...settings, fs, clock, telemetry: { ...noTelemetry, observe } });
  if (read === undefined) throw new Error("nobody may observe it");
  const ask = read;
  const figures = (...names: readonly string[]): readonly (number | undefined)[] => {
    return names.map((name) => ask().values.get(`content_catalog.${name}` as GaugeName));
  };
  return { catalog, read: ask, figures, ended: () => ended };
}

function ingest(
  catalog: Catalog,
  artifactId: string,
  text: string,
  onChange?: "replace",
): Promise<{ record: { id: number } }> {
  return catalog.ingest(new TextEncoder().encode(text), { ...META, artifactId }, { onChange });
}

describe("figures of a catalog", () => {
  it("are known when somebody had to look, and follow what is done here", async () => {
    const { catalog, figures, ended } = await openObserved();
    const rows = ["documents", "logical.size"];
    const { record } = await ingest(catalog, "a", "hello");
    expect(figures(...rows, "physical.size", "orphans", "verification.oldest_age")).toEqual(Array(5).fill(undefined));
    await catalog.stats();
    expect(figures(...rows)).toEqual([1, 5]);
    await ingest(catalog, "b", "hello");
    await ingest(catalog, "b", "hello");
    await catalog.registerOrGet({ ...META, artifactId: "c", bytes: 7, storageUri: "s3://bucket/c" });
    expect(figures(...rows)).toEqual([3, 17]);
    await catalog.remove([record.id]);
    expect(figures(...rows)).toEqual([2, 12]);
    await ingest(catalog, "b", "good bye", "replace");
    expect(figures(...rows)).toEqual([2, undefined]);
    const plan = await catalog.planCollect({ orphanTtlDays: 0 });
    expect(figures(...rows, "physical.size", "orphans", "orphans.size")).toEqual([2, 15, 8, 1, 5]);
    await catalog.apply(plan, { force: true });
    expect(figures("orphans", "orphans.size")).toEqual([0, 0]);
    for await (const _ of catalog.verify());
    laterMs += 60_000;
    const [age] = figures("verification.oldest_age");
    expect(age).toBeGreaterThanOrEqual(60);
    laterMs = 0;
    const [log, file] = figures("log.size", "database.size");
    expect(log).toBeGreaterThan(0);
    expect(file).toBeGreaterThan(0);
    await catalog.checkpoint();
    expect(figures("log.size")).toEqual([0]);
    await catalog.close();
    expect([ended(), ...figures("log.size")]).toEqual([true, undefined]);
  });

  it("are the same for all who have it open, as far as they know", async () => {
    const [one, other, another] = [
      await openObserved(),
      await openObserved(),
      await openObserved(createMemoryFileSystem()),
    ];
    expect(one.read().of).toBe(other.read().of);
    expect(one.read().of).not.toBe(another.read().of);
    await one.catalog.stats();
    expect(other.figures("documents")).toEqual([2]);
    for (const { catalog } of [one, other, another]) await catalog.close();
  });
});

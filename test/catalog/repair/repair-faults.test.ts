import { beforeAll, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createScratchFileSystem } from "../../../src/adapters/fs/scratch/scratch.ts";
import type { RepairResult } from "../../../src/catalog/repair/repair-options.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { ProcessTable } from "../../../src/ports/process.ts";
import { createFaultyFileSystem, type FaultPlan } from "../../../src/testing/index.ts";
import { tryCases } from "../../sampling.ts";
import { pathOf, RepairWorld } from "./_repair-world.ts";

/** What may find the device full. */
const NEED_ROOM = ["open", "write", "sync", "link", "rename", "makeDirectory", "syncDirectory"] as const;

const PLANS: readonly FaultPlan[] = [
  // It is over with the process.
  { effect: "before", repeat: "forever" },
  { effect: "before", code: "EIO" },
  { effect: "before", code: "ENOSPC", operations: NEED_ROOM },
  { effect: "before", code: "EACCES" },
  { effect: "after" },
];

/** Whoever is not the process that asks is gone. */
function onlyAlive(pid: number): ProcessTable {
  return {
    self: () => ({ host: "here", bootId: "1", pid, startedAt: null }),
    isAlive: (other) => other.pid === pid,
    endIsSeen: true,
  };
}

/** What every turn begins with: a damaged blob, one that is gone, and one that is in quarantine, in a root with a good one. */
interface Stage {
  readonly base: FileSystem;
  readonly layout: Layout;
  readonly good: DocumentRecord;
  readonly damaged: DocumentRecord;
  readonly gone: DocumentRecord;
}

async function prepare(layout: Layout): Promise<Stage> {
  const base = createMemoryFileSystem();
  const world = new RepairWorld({ layout, fs: base, processes: onlyAlive(1) });
  const catalog = await world.open();
  const [good, damaged, gone] = [
    await world.ingest(catalog, "good", "good"),
    await world.ingest(catalog, "right", "damaged"),
    await world.ingest(catalog, "away", "gone"),
  ];
  await world.write(pathOf(damaged), "wrong");
  await world.fs.unlink(pathOf(gone));
  await world.write(`/data/docs/.quarantine/by-hand/gone`, "away");
  await world.markBad(damaged.storageUri, gone.storageUri);
  await world.close();
  return { base, layout, good, damaged, gone };
}

/** Repairs with what a test opens; gives the results, and what ended it. */
async function repair(
  { base: _base, layout }: Stage,
  options: { readonly fs: FileSystem; readonly pid: number; readonly onOpened?: () => void },
): Promise<{ readonly results: readonly RepairResult[]; readonly error: unknown }> {
  const world = new RepairWorld({ layout, fs: options.fs, processes: onlyAlive(options.pid) });
  world.web["https://example.org/damaged"] = { text: "right" };
  const results: RepairResult[] = [];
  try {
    const catalog = await world.open();
    options.onOpened?.();
    for await (const result of catalog.repair({ apply: true })) results.push(result);
    await catalog.close();
    return { results, error: undefined };
  } catch (error) {
    return { results, error };
  }
}

async function textOf(fs: FileSystem, record: DocumentRecord): Promise<string | undefined> {
  const path = pathOf(record);
  return (await fs.stat(path)) === undefined ? undefined : new TextDecoder().decode(await fs.readFile(path));
}

/** Good bytes are where they were, bad ones are put nowhere, and what was said is so. */
async function check(stage: Stage, fs: FileSystem, results: readonly RepairResult[]): Promise<void> {
  const { good, damaged, gone } = stage;
  expect(await textOf(fs, good)).toBe("good");
  expect([undefined, "wrong", "right"]).toContain(await textOf(fs, damaged));
  expect([undefined, "away"]).toContain(await textOf(fs, gone));
  const world = new RepairWorld({ layout: stage.layout, fs });
  const texts = Object.values(await world.files());
  expect(texts).toContain("wrong");
  expect(texts).toContain("away");
  for (const { outcome, uri } of results) {
    if (outcome !== "repaired") continue;
    const record = uri === damaged.storageUri ? damaged : gone;
    expect(await textOf(fs, record)).toBe(record === damaged ? "right" : "away");
  }
}

/** Repairs with a fault at one operation, and then without. Gives whether there was such an operation. */
async function runTurn(stage: Stage, plan: FaultPlan & { failAt: number }): Promise<boolean> {
  const fs = createScratchFileSystem(stage.base);
  // What fails while a catalog is opened is for others to try.
  const later: FaultPlan & { failAt?: number } = { ...plan, failAt: Number.POSITIVE_INFINITY };
  const faulty = createFaultyFileSystem(fs, later);
  const onOpened = (): void => {
    later.failAt = faulty.calls + plan.failAt;
  };
  const { results, error } = await repair(stage, { fs: faulty, pid: 2, onOpened });
  const at = faulty.trace[(later.failAt ?? 0) - 1];
  const about = `${at?.operation} ${at?.path}`;
  expect(error === undefined || isCatalogError(error), `${about}: ${String(error)}`).toBe(true);
  await check(stage, fs, results);
  const again = await repair(stage, { fs, pid: 3 });
  expect(again.error, about).toBeUndefined();
  await check(stage, fs, again.results);
  expect(await textOf(fs, stage.damaged), about).toBe("right");
  expect(await textOf(fs, stage.gone), about).toBe("away");
  expect((await repair(stage, { fs, pid: 4 })).results, about).toEqual([]);
  return faulty.faults > 0;
}

describe.each<Layout>(["cas", "policy_path"])(
  "a repair in layout %s of which a file operation fails",
  { timeout: 600_000 },
  (layout) => {
    let stage: Stage;

    beforeAll(async () => {
      stage = await prepare(layout);
    });

    it.each(PLANS)("%o", async (plan) => {
      const none = await tryCases({ every: 40, from: 1 }, (failAt) => runTurn(stage, { ...plan, failAt }));
      expect(none).toBeGreaterThan(30);
    });
  },
);

import { beforeAll, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createScratchFileSystem } from "../../../src/adapters/fs/scratch/scratch.ts";
import type { ApplySummary } from "../../../src/catalog/collect/collect-options.ts";
import type { PlanFinding } from "../../../src/catalog/plan/plan.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import { findPathOfUri } from "../../../src/core/storage-uri.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { createFaultyFileSystem, type FaultPlan } from "../../../src/testing/index.ts";
import { tryCases } from "../../sampling.ts";
import { type CollectScene, findViolations, prepareScene, textsIn } from "./_collect-scene.ts";
import { type MortalProcess, MortalProcesses } from "./_mortal-processes.ts";

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

/** What a collection came to. */
interface Attempt {
  readonly summary: ApplySummary | undefined;
  readonly error: unknown;
  /** Where what it said to be gone was. */
  readonly applied: readonly string[];
  readonly findings: readonly PlanFinding[];
}

/** Plans and applies, as `catalog gc --apply --orphans 0` does. */
async function collect(
  process: MortalProcess,
  options: Parameters<MortalProcess["open"]>[0],
  { trash = false, onOpened = () => {} } = {},
): Promise<Attempt> {
  const applied: string[] = [];
  const findings: PlanFinding[] = [];
  try {
    const catalog = await process.open(options);
    onOpened();
    const plan = await catalog.planCollect({ orphanTtlDays: 0, trash, giveBackFirst: true });
    const summary = await catalog.apply(plan, {
      force: true,
      onApplied: ({ uri }) => applied.push(findPathOfUri(uri) ?? ""),
      onFinding: (finding) => findings.push(finding),
    });
    await catalog.close();
    return { summary, error: undefined, applied, findings };
  } catch (error) {
    return { summary: undefined, error, applied, findings };
  }
}

/** What was said must be so, whatever went wrong. */
async function checkWhatWasSaid(
  { error, summary, applied, findings }: Attempt,
  texts: ReadonlyMap<string, string>,
  { orphans }: CollectScene,
) {
  expect(error === undefined || isCatalogError(error), String(error)).toBe(true);
  for (const [path, text] of orphans) {
    if (applied.includes(path)) expect(texts.get(path)).toBeUndefined();
    else expect([...texts.values()], `${text} was not said to be gone`).toContain(text);
  }
  if (summary !== undefined) expect(summary.findings).toBe(findings.length);
}

/** What every turn begins with. */
interface Stage {
  readonly base: FileSystem;
  readonly processes: MortalProcesses;
  readonly scene: CollectScene;
  readonly layout: Layout;
}

/** Collects with a fault at one operation, and then without. Gives whether there was such an operation. */
async function runTurn(
  { base, processes, scene, layout }: Stage,
  plan: FaultPlan & { failAt: number },
): Promise<boolean> {
  const fs = createScratchFileSystem(base);
  // What fails while a catalog is opened is for others to try.
  const later: FaultPlan & { failAt?: number } = { ...plan, failAt: Number.POSITIVE_INFINITY };
  const faulty = createFaultyFileSystem(fs, later);
  const onOpened = (): void => {
    later.failAt = faulty.calls + plan.failAt;
  };
  const process = processes.start();
  const attempt = await collect(process, { fs: faulty, layout }, { trash: plan.failAt % 2 === 0, onOpened });
  const at = faulty.trace[(later.failAt ?? 0) - 1];
  const about = `${at?.operation} ${at?.path}`;
  await checkWhatWasSaid(attempt, await textsIn(fs), scene);
  process.end();
  const again = await collect(processes.start(), { fs, layout });
  expect(again.error, about).toBeUndefined();
  expect(again.findings, about).toEqual([]);
  expect(await findViolations(fs, scene), about).toEqual([]);
  return faulty.faults > 0;
}

describe.each<Layout>(["cas", "policy_path"])(
  "a collection in layout %s of which a file operation fails",
  { timeout: 600_000 },
  (layout) => {
    let stage: Stage;

    beforeAll(async () => {
      const base = createMemoryFileSystem();
      const processes = new MortalProcesses();
      stage = { base, processes, layout, scene: await prepareScene(base, { layout, processes }) };
    });

    it.each(PLANS)("%o", async (plan) => {
      const none = await tryCases({ every: 150, from: 1 }, (failAt) => runTurn(stage, { ...plan, failAt }));
      expect(none).toBeGreaterThan(50);
    });
  },
);

import { expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { PlanFinding } from "../../../src/catalog/plan/plan.ts";
import { ingest, leaveBehind, textsIn, write } from "./_collect-scene.ts";
import { MortalProcesses } from "./_mortal-processes.ts";

/** A collector died with a blob of layout `cas`, and others have put `text` under its name since. */
async function collectAfter(text: string) {
  const fs = createMemoryFileSystem();
  const processes = new MortalProcesses();
  const process = processes.start();
  const catalog = await process.open({ fs, layout: "cas" });
  const path = await ingest(catalog, "shared");
  await catalog.close();
  await leaveBehind(fs, process, path);
  process.end();
  await write(fs, path, text);
  const again = await processes.start().open({ fs, layout: "cas" });
  const findings: PlanFinding[] = [];
  const plan = await again.planCollect({ orphanTtlDays: 0 });
  const summary = await again.apply(plan, { force: true, onFinding: (finding) => findings.push(finding) });
  await again.close();
  const texts = [...(await textsIn(fs))].filter(([name]) => name !== path);
  return { findings: findings.map(({ kind }) => kind), givenBack: summary.givenBack, texts };
}

it("drops what a collector left where others have put the same bytes", async () => {
  expect(await collectAfter("shared")).toEqual({ findings: [], givenBack: 1, texts: [] });
});

it("puts it aside where others have put other bytes", async () => {
  const { findings, givenBack, texts } = await collectAfter("others");
  expect([findings, givenBack]).toEqual([["displaced"], 0]);
  expect(texts).toEqual([[expect.stringContaining("/.trash/kept-"), "shared"]]);
});

import { beforeAll, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createScratchFileSystem } from "../../../src/adapters/fs/scratch/scratch.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { RestoredThing, RestoreFinding } from "../../../src/catalog/restore/restore-options.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import { findPathOfUri } from "../../../src/core/storage-uri.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { createFaultyFileSystem, type FaultPlan } from "../../../src/testing/index.ts";
import { tryCases } from "../../sampling.ts";
import { ingest, leaveBehind, remove, textsIn, write } from "../collect/_collect-scene.ts";
import { type MortalProcess, MortalProcesses } from "../collect/_mortal-processes.ts";

/** What may find the device full. */
const NEED_ROOM = ["open", "write", "sync", "link", "rename", "makeDirectory", "syncDirectory"] as const;

const PLANS: readonly FaultPlan[] = [
  // It is over with the process.
  { effect: "before", repeat: "forever" },
  { effect: "after" },
  { effect: "before", code: "EIO" },
  { effect: "before", code: "ENOENT" },
  { effect: "before", code: "ENOSPC", operations: NEED_ROOM },
  { effect: "before", code: "EACCES" },
];

/** Documents by artifact id, which is their text. */
const DOCUMENTS = ["in the trash", "with a variant", "its name is taken", "still there"] as const;

const VARIANT = "the variant";

/** What others have put under the name of a document. */
const OF_OTHERS = "bytes of others";

/** What every turn begins with. */
interface Stage {
  readonly base: FileSystem;
  readonly processes: MortalProcesses;
  readonly layout: Layout;
}

/** Rows that were removed, and whose bytes a collector has put into the trash; but for one that it was about to take. */
async function prepare({ base, processes, layout }: Stage): Promise<void> {
  const process = processes.start();
  const catalog = await process.open({ fs: base, layout });
  const paths: string[] = [];
  for (const text of DOCUMENTS) paths.push(await ingest(catalog, text));
  const [document] = await catalog.listByArtifact("with a variant");
  const other = await ingest(catalog, VARIANT);
  const about = { variant: "html", contentType: "text/html", bytes: VARIANT.length };
  await catalog.addVariant(document?.id ?? 0, { ...about, storageUri: `file://${encodeURI(other)}` });
  for (const text of [...DOCUMENTS, VARIANT]) await remove(catalog, text);
  const [, , taken, there] = paths;
  await leaveBehind(base, process, there ?? "");
  await catalog.apply(await catalog.planCollect({ orphanTtlDays: 0, trash: true }), { force: true });
  await catalog.close();
  process.end();
  // The name of layout `cas` stands for nothing but the same bytes.
  if (layout === "policy_path") await write(base, taken ?? "", OF_OTHERS);
}

/** What a restoration came to. */
interface Attempt {
  readonly error: unknown;
  readonly restored: readonly RestoredThing[];
  readonly findings: readonly RestoreFinding[];
}

async function restore(
  process: MortalProcess,
  options: Parameters<MortalProcess["open"]>[0],
  onOpened = (): void => {},
): Promise<Attempt> {
  const restored: RestoredThing[] = [];
  const findings: RestoreFinding[] = [];
  try {
    const catalog = await process.open(options);
    onOpened();
    await catalog.restore(DOCUMENTS, {
      apply: true,
      onRestored: (each) => restored.push(each),
      onFinding: (each) => findings.push(each),
    });
    await catalog.close();
    return { error: undefined, restored, findings };
  } catch (error) {
    return { error, restored, findings };
  }
}

/** The text of each row, by artifact and variant. */
async function textsOfRows(catalog: Catalog, texts: ReadonlyMap<string, string>): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  const textAt = (uri: string): string | undefined => texts.get(findPathOfUri(uri) ?? "");
  for (const artifactId of DOCUMENTS) {
    for (const { id, storageUri } of await catalog.listByArtifact(artifactId)) {
      found[artifactId] = textAt(storageUri);
      for (const variant of await catalog.listVariants(id)) found[variant.variant] = textAt(variant.storageUri);
    }
  }
  return found;
}

/** Restores with a fault at one operation, and then without. Gives whether there was such an operation. */
async function runTurn(
  { base, processes, layout }: Stage,
  plan: FaultPlan & { readonly failAt: number },
): Promise<boolean> {
  const fs = createScratchFileSystem(base);
  // What fails while a catalog is opened is for others to try.
  const later: FaultPlan & { failAt?: number } = { ...plan, failAt: Number.POSITIVE_INFINITY };
  const faulty = createFaultyFileSystem(fs, later);
  const process = processes.start();
  const attempt = await restore(process, { fs: faulty, layout }, () => {
    later.failAt = faulty.calls + plan.failAt;
  });
  const at = faulty.trace[(later.failAt ?? 0) - 1];
  const about = `${at?.operation} ${at?.path}`;
  expect(attempt.error === undefined || isCatalogError(attempt.error), `${about}: ${String(attempt.error)}`).toBe(true);
  const texts = await textsIn(fs);
  for (const { document, variant, uri } of attempt.restored) {
    expect(texts.get(findPathOfUri(uri) ?? ""), about).toBe(variant === null ? document?.artifactId : VARIANT);
  }
  for (const text of [...DOCUMENTS, VARIANT]) expect([...texts.values()], `${about} lost ${text}`).toContain(text);
  process.end();
  const last = processes.start();
  const again = await restore(last, { fs, layout });
  expect(again, about).toMatchObject({ error: undefined, findings: [] });
  const catalog = await last.open({ fs, layout });
  const expected = Object.fromEntries([...DOCUMENTS.map((text) => [text, text]), ["html", VARIANT]]);
  expect(await textsOfRows(catalog, await textsIn(fs)), about).toEqual(expected);
  // Nothing that others have was touched; what is left is known, and a collector does what is due.
  const leftovers = await catalog.planCollect({ orphanTtlDays: 0, giveBackFirst: true });
  await catalog.apply(leftovers, { force: true });
  const after = await textsIn(fs);
  expect(await textsOfRows(catalog, after), about).toEqual(expected);
  expect([...after.values()].includes(OF_OTHERS), about).toBe(layout === "policy_path");
  const runs = new Set<string>();
  for await (const { run } of catalog.listTrash()) runs.add(run);
  const left = [...after.keys()].flatMap((path) => /\.trash\/(?:kept-)?([^/]+)/.exec(path)?.[1] ?? []);
  expect(
    left.filter((run) => !runs.has(run)),
    about,
  ).toEqual([]);
  await catalog.close();
  return faulty.faults > 0;
}

/** A name of layout `cas` is never that of other bytes: less can go wrong there. */
const CASES: readonly { readonly layout: Layout; readonly plans: readonly FaultPlan[] }[] = [
  { layout: "policy_path", plans: PLANS },
  { layout: "cas", plans: PLANS.slice(0, 2) },
];

describe.each(CASES)(
  "a restoration in layout $layout of which a file operation fails",
  { timeout: 600_000 },
  ({ layout, plans }) => {
    let stage: Stage;

    beforeAll(async () => {
      stage = { base: createMemoryFileSystem(), processes: new MortalProcesses(), layout };
      await prepare(stage);
    });

    it.each(plans)("%o", async (plan) => {
      const none = await tryCases({ every: 40, from: 1 }, (failAt) => runTurn(stage, { ...plan, failAt }));
      expect(none).toBeGreaterThan(20);
    });
  },
);

import { beforeAll, describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createScratchFileSystem } from "../../../src/adapters/fs/scratch/scratch.ts";
import type { ApplySummary } from "../../../src/catalog/collect/collect-options.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import { findPathOfUri } from "../../../src/core/storage-uri.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { evidenceFor } from "../../../src/testing/blob-store/place.ts";
import { createFaultyFileSystem, type FaultPlan } from "../../../src/testing/index.ts";
import { tryCases } from "../../sampling.ts";
import { ingest, textsIn, write } from "./_collect-scene.ts";
import { ROOT } from "./_collect-world.ts";
import { type MortalProcess, MortalProcesses } from "./_mortal-processes.ts";

/** `gc --quarantine` of which one operation of the file system fails: it is said what was done, and the next run does the rest. */

const PLANS: readonly FaultPlan[] = [
  { effect: "before", repeat: "forever" },
  { effect: "before", code: "EIO" },
  { effect: "before", code: "EACCES" },
  { effect: "after" },
];

const BAD = ["bad", "worse"];

interface Attempt {
  readonly summary: ApplySummary | undefined;
  readonly error: unknown;
  readonly applied: readonly string[];
}

async function empty(
  process: MortalProcess,
  options: Parameters<MortalProcess["open"]>[0],
  onOpened = (): void => {},
): Promise<Attempt> {
  const applied: string[] = [];
  try {
    const catalog = await process.open(options);
    onOpened();
    const plan = await catalog.planCollect({ quarantineDays: 0 });
    const onApplied = ({ uri }: { readonly uri: string }): void => void applied.push(findPathOfUri(uri) ?? "");
    const summary = await catalog.apply(plan, { force: true, onApplied });
    await catalog.close();
    return { summary, error: undefined, applied };
  } catch (error) {
    return { summary: undefined, error, applied };
  }
}

/** Puts texts aside; gives their paths by text. */
async function putAside(fs: FileSystem, { self }: MortalProcess): Promise<ReadonlyMap<string, string>> {
  const store = await openFileBlobStore({ fs, entropy: webCryptoEntropy, rootDir: ROOT, owner: self });
  const paths = new Map<string, string>();
  for (const text of BAD) {
    const key = parseBlobKey(`${text}.txt`);
    await write(fs, `${ROOT}/${key}`, text);
    const found = await store.stat(key);
    const evidence = { ...evidenceFor(store), uri: store.uriOf(key) };
    const aside = found && (await store.setAside(key, { found, evidence }));
    paths.set(text, `${ROOT}/${aside}`);
  }
  return paths;
}

describe("what lies in quarantine, where a file operation fails while it goes", { timeout: 600_000 }, () => {
  const base = createMemoryFileSystem();
  const processes = new MortalProcesses();
  let aside: ReadonlyMap<string, string>;
  let live = "";

  beforeAll(async () => {
    const process = processes.start();
    const catalog = await process.open({ fs: base, layout: "policy_path" });
    live = await ingest(catalog, "kept");
    aside = await putAside(base, process);
    await catalog.close();
    process.end();
  });

  async function runTurn(plan: FaultPlan & { failAt: number }): Promise<boolean> {
    const fs = createScratchFileSystem(base);
    const later: FaultPlan & { failAt?: number } = { ...plan, failAt: Number.POSITIVE_INFINITY };
    const faulty = createFaultyFileSystem(fs, later);
    const process = processes.start();
    const { error, applied } = await empty(process, { fs: faulty, layout: "policy_path" }, () => {
      later.failAt = faulty.calls + plan.failAt;
    });
    const about = `${faulty.trace[(later.failAt ?? 0) - 1]?.operation} at ${plan.failAt}`;
    expect(error === undefined || isCatalogError(error), `${about}: ${error}`).toBe(true);
    const between = await textsIn(fs);
    // What was said to be gone is.
    for (const path of applied) expect(between.get(path), about).toBeUndefined();
    process.end();
    const again = await empty(processes.start(), { fs, layout: "policy_path" });
    expect([again.error, again.summary?.findings], about).toEqual([undefined, 0]);
    // Evidence beside no bytes harms nobody.
    const left = [...(await textsIn(fs))].filter(([path]) => !path.endsWith("/evidence.json"));
    expect(left, about).toEqual([[live, "kept"]]);
    await requireRecorded(fs, { about, said: [...applied, ...again.applied] });
    return faulty.faults > 0;
  }

  /** What was said is on record, once; nothing else is. */
  async function requireRecorded(
    fs: FileSystem,
    { about, said }: { readonly about: string; readonly said: readonly string[] },
  ): Promise<void> {
    const catalog = await processes.start().open({ fs, layout: "policy_path" });
    const recorded: string[] = [];
    for (const path of aside.values()) {
      const { removals } = await catalog.why(path);
      recorded.push(...removals.map(({ uri }) => findPathOfUri(uri) ?? ""));
    }
    expect(new Set(recorded).size, about).toBe(recorded.length);
    // Staged files are no blobs, and have no record.
    const gone = said.filter((path) => path.includes("/.quarantine/"));
    expect(recorded, about).toEqual(expect.arrayContaining(gone));
    await catalog.close();
  }

  it.each(PLANS)("%o", async (plan) => {
    const none = await tryCases({ every: 12, from: 1 }, (failAt) => runTurn({ ...plan, failAt }));
    expect(none).toBeGreaterThan(20);
  });
});

import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import type { IngestMeta, IngestResult } from "../../../src/catalog/ingest/ingest-request.ts";
import type { PlacingOptions } from "../../../src/catalog/placing/placing-context.ts";
import { findPathOfUri } from "../../../src/core/storage-uri.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { FaultPlan } from "../../../src/testing/fault-plan.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { lacking, makeFolder } from "../../adapters/blob/_store-world.ts";
import { tryCases } from "../../sampling.ts";
import { filesBelow, type IngestWorld, openEngine, openWorld } from "./_ingest-world.ts";

/*
 * Every step of every move, killed, failed, and with the source changed at that moment. For every content that was there
 * before, a file with its bytes is there afterwards.
 */

const GOOD = "good bytes";
const OTHER = "bad  bytes"; // as long
const MORE = ", and more";

type Key = Pick<IngestMeta, "artifactId" | "sourceUrl">;

/** One try: files of its own, and the one that is moved. */
interface Attempt {
  /** Without faults. */
  readonly fs: FileSystem;
  readonly folder: string;
  readonly source: string;
  /** Where a row may name a file where it lies. */
  readonly outside: string;
  readonly key: Key;
  readonly otherKey: Key;
}

interface Scenario {
  readonly name: string;
  /** How bytes can come to a second name. */
  readonly way: "link" | "copy" | "clone";
  readonly onChange?: "keep" | "replace" | "variant";
  /** What is there before; the source has its bytes already. */
  readonly prepare?: (world: IngestWorld, attempt: Attempt) => Promise<void>;
  /** A row has a hash that its bytes have not. */
  readonly isRotten?: boolean;
}

/** Bytes of the store turn into others of the same size. */
async function rot({ fs }: Attempt, result: IngestResult): Promise<void> {
  const path = findPathOfUri(result.record.storageUri) ?? "";
  await fs.unlink(path);
  await write(fs, path, OTHER);
}

async function registerOutside(world: IngestWorld, attempt: Attempt, text: string): Promise<void> {
  await write(attempt.fs, attempt.outside, text);
  const place = { bytes: text.length, storageUri: `file://${attempt.outside}` };
  await world.catalog.registerOrGet({ ...attempt.key, resolver: "unpaywall", ...place });
}

const SCENARIOS: readonly Scenario[] = [
  { name: "a new content, by a link", way: "link" },
  { name: "a new content, by a copy", way: "copy" },
  { name: "a new content, by a clone", way: "clone" },
  {
    name: "a content that its key has",
    way: "link",
    prepare: async (world, { key }) => void (await world.ingest(GOOD, key)),
  },
  {
    name: "a content that another key has",
    way: "link",
    prepare: async (world, { otherKey }) => void (await world.ingest(GOOD, otherKey)),
  },
  {
    name: "a content that another key has, where files share bytes",
    way: "clone",
    prepare: async (world, { otherKey }) => void (await world.ingest(GOOD, otherKey)),
  },
  {
    name: "a content whose stored copy rotted",
    way: "link",
    prepare: async (world, attempt) => rot(attempt, await world.ingest(GOOD, attempt.key)),
    isRotten: true,
  },
  {
    name: "a content whose copy of another key rotted, by a copy",
    way: "copy",
    prepare: async (world, attempt) => rot(attempt, await world.ingest(GOOD, attempt.otherKey)),
    isRotten: true,
  },
  {
    name: "a content for a key that names other bytes of that size, without a hash",
    way: "copy",
    onChange: "replace",
    prepare: (world, attempt) => registerOutside(world, attempt, OTHER),
  },
  {
    name: "a content as a variant of such a key",
    way: "link",
    onChange: "variant",
    prepare: (world, attempt) => registerOutside(world, attempt, OTHER),
  },
  {
    name: "a content that its key names where it lies, without a hash",
    way: "copy",
    prepare: (world, attempt) => registerOutside(world, attempt, GOOD),
  },
];

const SETTINGS: readonly (PlacingOptions & { readonly title: string })[] = [
  { title: "cas", layout: "cas" },
  { title: "policy_path", layout: "policy_path" },
  { title: "no hashes", layout: "policy_path", computeSha256: false },
];

async function write(fs: FileSystem, path: string, text: string, mode: "create" | "append" = "create"): Promise<void> {
  const handle = await fs.open(path, mode);
  await handle.write(new TextEncoder().encode(text));
  await handle.close();
}

/** What somebody does to the source. */
type Change = (attempt: Attempt) => Promise<void>;

const CHANGES: Readonly<Record<string, Change>> = {
  appended: ({ fs, source }) => write(fs, source, MORE, "append"),
  replaced: async ({ fs, source }) => {
    await write(fs, `${source}.new`, OTHER);
    await fs.rename(`${source}.new`, source);
  },
};

/** In place, which no port can do. */
async function rewrite({ source }: Attempt): Promise<void> {
  const file = await open(source, "r+");
  await file.write(OTHER, 0);
  await file.close();
}

const FAILURES: Readonly<Record<string, FaultPlan>> = {
  failed: { effect: "before" },
  "done, and said to have failed": { effect: "after" },
  killed: { effect: "before", repeat: "forever" },
};

let attempts = 0;

/** A device that tells each change by its time. */
function createDevice(way: Scenario["way"]): FileSystem {
  let nowMs = Date.now() - 1e9;
  const fs = createMemoryFileSystem({ now: () => nowMs++, clone: way === "clone" });
  return way === "link" ? fs : lacking(fs, "hardlink");
}

async function prepareAttempt(fs: FileSystem, parent = ""): Promise<Attempt> {
  const number = ++attempts;
  const folder = `${parent}/${number}`;
  await fs.makeDirectory(folder);
  await fs.makeDirectory(`${folder}/in`);
  const source = `${folder}/in/download.tmp`;
  await write(fs, source, GOOD);
  const key = { artifactId: `a-${number}`, sourceUrl: `https://example.org/${number}/a.txt` };
  const otherKey = { ...key, artifactId: `b-${number}` };
  return { fs, folder, source, outside: `${folder}/outside.txt`, key, otherKey };
}

/** All contents but those that are staged, by path. */
async function contentsOf({ fs, folder }: Attempt): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const path of await filesBelow(fs, folder)) {
    if (/\/root\/\.(staging|content-catalog)\/|evidence\.json$/.test(path)) continue;
    found.set(path, new TextDecoder().decode(await fs.readFile(path)));
  }
  return found;
}

/** Moves with a fault at a sample of the steps, until a run goes through untouched; gives a number of steps that no run has. */
async function trySteps(
  { scenario, settings, makeFiles }: { scenario: Scenario; settings: PlacingOptions; makeFiles: () => FileSystem },
  fault: FaultPlan | Change,
  parent = "",
): Promise<number> {
  const sql = await openEngine();
  return tryCases({ every: 24, from: 1 }, async (failAt) => {
    // Rows whose files are elsewhere would be looked at, too: those of before have none.
    await sql.batch(
      ["documents", "variants"].map((table) => ({ sql: `UPDATE ${table} SET storage_uri = 's3://b/k'` })),
    );
    const attempt = await prepareAttempt(makeFiles(), parent);
    const options = { ...settings, rootDir: `${attempt.folder}/root`, sql };
    await scenario.prepare?.(await openWorld({ ...options, fs: attempt.fs }), attempt);
    const wanted = new Set((await contentsOf(attempt)).values());
    let isChanged = false;
    const change = async (): Promise<void> => {
      if (typeof fault !== "function" || (await attempt.fs.lstat(attempt.source)) === undefined) return;
      isChanged = true;
      await fault(attempt);
      const left = new Set((await contentsOf(attempt)).values());
      // Whoever changes a file takes away what it had, unless another file has it, too.
      if (!left.has(GOOD)) wanted.delete(GOOD);
      // An empty file holds a name where there are no links.
      for (const text of left) if (text !== "") wanted.add(text);
    };
    const plan: FaultPlan = typeof fault === "function" ? { effect: "change", change } : fault;
    const faulty = createFaultyFileSystem(attempt.fs, { ...plan, failAt });
    const result = await move({ ...options, fs: faulty }, scenario, attempt);
    const found = await contentsOf(attempt);
    for (const text of wanted) expect([...found.values()], `step ${failAt}`).toContain(text);
    if (!isChanged && !scenario.isRotten) await checkRows({ ...options, fs: attempt.fs }, attempt, found);
    if (faulty.faults > 0) return true;
    expect(result?.outcome === "kept" || !found.has(attempt.source)).toBe(true);
    return false;
  });
}

async function move(
  options: Parameters<typeof openWorld>[0],
  { onChange }: Scenario,
  { source, key }: Attempt,
): Promise<IngestResult | undefined> {
  try {
    return await (await openWorld(options)).finalize(source, key, { onChange });
  } catch (error) {
    if (!isCatalogError(error)) throw error;
    return undefined;
  }
}

/** Every row names a file, and has no hash but that of its bytes. */
async function checkRows(
  options: Parameters<typeof openWorld>[0],
  { key }: Attempt,
  found: ReadonlyMap<string, string>,
): Promise<void> {
  const { catalog } = await openWorld(options);
  for (const record of await catalog.listByArtifact(key.artifactId)) {
    for (const { storageUri, bytes, sha256 } of [record, ...(await catalog.listVariants(record.id))]) {
      const text = found.get(findPathOfUri(storageUri) ?? "") ?? "";
      expect(text).toHaveLength(bytes ?? -1);
      if (sha256 !== null) expect(createHash("sha256").update(text).digest("hex")).toBe(sha256);
    }
  }
}

const CASES = SCENARIOS.flatMap((scenario) =>
  SETTINGS.map((settings) => ({ name: `${scenario.name}, ${settings.title}`, scenario, settings })),
);

describe.each(CASES)("moving $name", ({ scenario, settings }) => {
  const makeFiles = (): FileSystem => createDevice(scenario.way);

  it.each(Object.entries(FAILURES))("loses nothing when a step is %s", async (_name, plan) => {
    expect(await trySteps({ scenario, settings, makeFiles }, plan)).toBeGreaterThan(20);
  });

  it.each(Object.entries(CHANGES))("loses nothing when the file is %s at any step", async (_name, change) => {
    expect(await trySteps({ scenario, settings, makeFiles }, change)).toBeGreaterThan(20);
  });
});

describe("moving a file of the machine", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await makeFolder();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(CASES.filter(({ scenario }) => scenario.way !== "clone" && scenario.isRotten !== true))(
    "loses nothing when it is rewritten at any step: $name",
    async ({ scenario, settings }) => {
      const node = createNodeFileSystem();
      const makeFiles = (): FileSystem => (scenario.way === "link" ? node : lacking(node, "hardlink"));
      expect(await trySteps({ scenario, settings, makeFiles }, rewrite, folder)).toBeGreaterThan(20);
    },
  );
});

import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { IngestMeta, IngestResult } from "../../../src/catalog/ingest/ingest-request.ts";
import type { PlacingOptions } from "../../../src/catalog/placing/placing-context.ts";
import { findPathOfUri } from "../../../src/core/storage-uri.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";
import type { FaultPlan } from "../../../src/testing/fault-plan.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { lacking } from "../../adapters/blob/_store-world.ts";
import { tryCases } from "../../sampling.ts";
import { filesBelow, type IngestWorld, openEngine, openWorld } from "./_ingest-world.ts";

/** Something that is done once with a fault and once more without. */
interface Scenario {
  readonly name: string;
  readonly options: PlacingOptions;
  readonly fs: () => FileSystem;
  /** What is there before. */
  readonly prepare?: (world: IngestWorld, key: Key) => Promise<unknown>;
  readonly run: (world: IngestWorld, key: Key) => Promise<IngestResult>;
}

type Key = Pick<IngestMeta, "artifactId" | "sourceUrl">;

/** The key of a turn, and the one of what is there before it. */
function keysOf(failAt: number): readonly [key: Key, before: Key] {
  const sourceUrl = `https://example.org/a.txt?${failAt}`;
  return [
    { artifactId: `a-${failAt}`, sourceUrl },
    { artifactId: `before-${failAt}`, sourceUrl },
  ];
}

const memory = (): FileSystem => createMemoryFileSystem();
const withoutLinks = (): FileSystem => lacking(createMemoryFileSystem(), "hardlink");
const withClones = (): FileSystem => createMemoryFileSystem({ clone: true });

async function writeFile(fs: FileSystem, path: string, text: string): Promise<void> {
  const handle = await fs.open(path, "create");
  await handle.write(new TextEncoder().encode(text));
  await handle.close();
}

/** Stores bytes under their hash and cuts them off. */
async function damage(world: IngestWorld, key: Key): Promise<void> {
  const { record } = await world.ingest("hello", key);
  const path = findPathOfUri(record.storageUri) ?? "";
  await world.context.fs.unlink(path);
  await writeFile(world.context.fs, path, "hel");
}

async function download(world: IngestWorld): Promise<void> {
  await writeFile(world.context.fs, "/in.txt", "hello");
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: "new bytes under their hash",
    options: { layout: "cas" },
    fs: memory,
    run: (world, key) => world.ingest("hello", key),
  },
  {
    name: "new bytes under their hash, looked at again",
    options: { layout: "cas", verifyOnRegister: true },
    fs: memory,
    run: (world, key) => world.ingest("hello", key),
  },
  { name: "new bytes by the template", options: {}, fs: memory, run: (world, key) => world.ingest("hello", key) },
  {
    name: "a hit",
    options: { layout: "cas" },
    fs: memory,
    prepare: (world, key) => world.ingest("hello", key),
    run: (world, key) => world.ingest("hello", key),
  },
  {
    name: "a second name by the template",
    options: {},
    fs: memory,
    prepare: (world, key) => world.ingest("hello", key),
    run: (world, key) => world.ingest("hello", key),
  },
  {
    name: "a clone by the template",
    options: {},
    fs: withClones,
    prepare: (world, key) => world.ingest("hello", key),
    run: (world, key) => world.ingest("hello", key),
  },
  {
    name: "a name that is taken",
    options: { pathTemplate: "{resolver}", hardlinkDedup: false },
    fs: memory,
    prepare: (world, key) => world.ingest("other", key),
    run: (world, key) => world.ingest("hello", key),
  },
  {
    name: "damaged bytes under their hash",
    options: { layout: "cas" },
    fs: memory,
    prepare: damage,
    run: (world, key) => world.ingest("hello", key),
  },
  {
    name: "damaged bytes where there are no links",
    options: { layout: "cas" },
    fs: withoutLinks,
    prepare: damage,
    run: (world, key) => world.ingest("hello", key),
  },
  {
    name: "new bytes where there are no links",
    options: { layout: "cas" },
    fs: withoutLinks,
    run: (world, key) => world.ingest("hello", key),
  },
  {
    name: "a file that is moved",
    options: { layout: "cas" },
    fs: memory,
    prepare: download,
    run: (world, key) => world.finalize("/in.txt", key),
  },
  {
    name: "a file that is moved where there are no links",
    options: {},
    fs: withoutLinks,
    prepare: download,
    run: (world, key) => world.finalize("/in.txt", key),
  },
  {
    name: "a file that is cloned",
    options: { layout: "cas" },
    fs: withClones,
    prepare: download,
    run: (world, key) => world.finalize("/in.txt", key, { transfer: "copy" }),
  },
];

const PLANS: readonly FaultPlan[] = [
  { effect: "before" },
  { effect: "after" },
  { effect: "torn" },
  { effect: "before", repeat: "forever", code: "ENOSPC" },
  { effect: "before", code: "EPERM" },
];

/** One turn: its files as they are, and what the catalog calls the bytes. */
interface Turn {
  readonly healthy: FileSystem;
  readonly rootDir: string;
  readonly key: Key;
}

/** What must hold whatever happened: every file is whole and every row has its bytes. */
async function check(world: IngestWorld, { healthy, rootDir, key }: Turn, state: "failed" | "done"): Promise<void> {
  // Where there are no links an empty file holds a name, and stays when its creation worked and was said to have failed.
  const mayBeEmpty = state === "failed" && !healthy.capabilities.hardlink;
  const texts = new Map<string, string>();
  for (const path of await filesBelow(healthy, rootDir)) {
    texts.set(path, new TextDecoder().decode(await healthy.readFile(path)));
  }
  for (const [path, text] of texts) {
    const name = path.slice(rootDir.length + 1);
    if (mayBeEmpty && text === "") continue;
    if (name.startsWith(".staging/")) expect(name).toMatch(/^\.staging\/[0-9a-f]{32}\./);
    else if (name.startsWith(".content-catalog/")) expect(JSON.parse(text)).toHaveProperty("id");
    else if (!name.startsWith(".")) expect(["hello", "other", "hel"]).toContain(text);
  }
  for (const { storageUri, bytes } of await world.catalog.listByArtifact(key.artifactId)) {
    expect(texts.get(findPathOfUri(storageUri) ?? "")).toHaveLength(bytes);
  }
}

/** Does it all with a fault at one operation, and without. Gives whether there was such an operation. */
async function runTurn(scenario: Scenario, plan: FaultPlan & { failAt: number }, sql: SqlEngine): Promise<boolean> {
  const { failAt } = plan;
  // Rows whose files are elsewhere would be looked at, too: those of before have none.
  await sql.batch(["documents", "variants"].map((table) => ({ sql: `UPDATE ${table} SET storage_uri = 's3://b/k'` })));
  const [key, before] = keysOf(failAt);
  const turn = { healthy: scenario.fs(), rootDir: `/root-${failAt}`, key };
  const options = { ...scenario.options, rootDir: turn.rootDir, sql };
  const staged = (): Promise<readonly string[]> => filesBelow(turn.healthy, `${turn.rootDir}/.staging`);
  await scenario.prepare?.(await openWorld({ ...options, fs: turn.healthy }), before);
  const fs = createFaultyFileSystem(turn.healthy, plan);
  const error = await findError(async () => scenario.run(await openWorld({ ...options, fs }), key));
  // What cannot be done in one way may be done in another: a fault need not be a failure.
  expect(error === undefined || isCatalogError(error), String(error)).toBe(true);
  const again = await openWorld({ ...options, fs: turn.healthy });
  await check(again, turn, "failed");
  if (plan.effect === "before" && plan.repeat === undefined && fs.trace[failAt - 1]?.operation !== "unlink") {
    expect(await staged()).toEqual([]);
  }
  const isMoved = error === undefined && (await turn.healthy.stat("/in.txt")) === undefined;
  if (scenario.prepare !== download || !isMoved) await scenario.run(again, key);
  await check(again, turn, healthyAgain(scenario, plan));
  const [record, ...more] = await again.catalog.listByArtifact(key.artifactId);
  expect([record?.bytes, more]).toEqual([5, []]);
  if (fs.faults === 0) expect(await staged()).toEqual([]);
  return fs.faults > 0;
}

describe.each(SCENARIOS)("every file operation fails: $name", (scenario) => {
  it.each(PLANS)("%o", async (plan) => {
    const sql = await openEngine();
    const none = await tryCases({ every: 4, from: 1 }, (failAt) => runTurn(scenario, { ...plan, failAt }, sql));
    expect(none).toBeGreaterThan(10);
  });
});

/** Under a template an empty file of an earlier try keeps its name, as it could be somebody's. */
function healthyAgain({ options }: Scenario, { effect, repeat }: FaultPlan): "failed" | "done" {
  return options.layout !== "cas" && (effect === "after" || repeat === "forever") ? "failed" : "done";
}

async function findError(work: () => Promise<unknown>): Promise<unknown> {
  return work().then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("when registering fails", () => {
  it("leaves the bytes whole, without a row, and works the next time", async () => {
    const [key] = keysOf(1);
    const world = await openWorld({ layout: "cas" });
    await world.ingest("other");
    const { sql } = world.context;
    if (sql === undefined) throw new TypeError("expected a database");
    const broken = new Proxy(sql, {
      get: (target, name) =>
        name === "batch" ? () => Promise.reject(new Error("no batch today")) : Reflect.get(target, name).bind(target),
    });
    const failing = { ...world.context, sql: broken };
    const { ingest } = await import("../../../src/catalog/ingest/ingest.ts");
    await expect(ingest(failing, new TextEncoder().encode("hello"), world.meta(key), {})).rejects.toThrow(
      "no batch today",
    );
    expect(await world.rows()).toHaveLength(1);
    expect(Object.values(await world.files()).sort()).toEqual(["hello", "other"]);
    expect(await world.ingest("hello", key)).toMatchObject({ outcome: "created", placement: "dedup" });
  });
});

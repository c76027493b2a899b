import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import { isCatalogError } from "../../../../src/errors.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import type { Migration, SqlEngine, SqlStatement } from "../../../../src/ports/sql.ts";
import type { FaultPlan } from "../../../../src/testing/fault-plan.ts";
import { createFaultyFileSystem } from "../../../../src/testing/faulty-file-system.ts";
import { tryCases } from "../../../sampling.ts";
import {
  createProcesses,
  insert,
  inspectBytes,
  listNames,
  MIGRATIONS,
  MIGRATIONS_2,
  names,
  openEngine,
} from "./_engine-world.ts";

const FOLDER = "/state";
const PATH = "/state/catalog.sqlite";
const OLD = ["old", "old'"];
const FAULTY_PID = 7;

/** What somebody who calls the engine knows: which batches must be there, and which may not. */
class Witness {
  readonly acknowledged = new Set<string>();
  readonly denied = new Set<string>();
  readonly unknown = new Set<string>();
  #applied = new Set<string>();
  readonly #everApplied = new Set<string>();

  /** Adds two rows in one batch; adding them again changes nothing. */
  async add(engine: SqlEngine, name: string, durable: boolean): Promise<boolean> {
    const rows = [name, `${name}'`].map((text) => insertOnce(text));
    try {
      await engine.batch(rows, { durable });
    } catch (error) {
      this.#note(error, name);
      return false;
    }
    this.denied.delete(name);
    this.#applied.add(name);
    this.#everApplied.add(name);
    if (durable) this.#confirm();
    return true;
  }

  async sync(engine: SqlEngine): Promise<boolean> {
    try {
      await engine.sync();
    } catch (error) {
      this.#doubt(error);
      this.#applied = new Set();
      return false;
    }
    this.#confirm();
    return true;
  }

  #confirm(): void {
    for (const name of this.#applied) this.acknowledged.add(name);
    this.#applied = new Set();
  }

  #note(error: unknown, name: string): void {
    expect(isCatalogError(error), String(error)).toBe(true);
    if (!isCatalogError(error)) return;
    this.#doubt(error);
    if (error.code === "OUTCOME_UNKNOWN") this.unknown.add(name);
    else if (!this.#everApplied.has(name)) this.denied.add(name);
  }

  #doubt(error: unknown): void {
    if (!isCatalogError(error, "OUTCOME_UNKNOWN")) return;
    for (const name of this.#applied) this.unknown.add(name);
  }
}

function insertOnce(name: string): SqlStatement {
  const { sql, parameters = [] } = insert(name);
  return { sql: `${sql} ON CONFLICT (name) DO NOTHING`, parameters };
}

async function work(engine: SqlEngine, witness: Witness): Promise<boolean> {
  const done = [
    await witness.add(engine, "a", true),
    await witness.add(engine, "b", false),
    await witness.add(engine, "c", false),
    ...(await Promise.all(["d", "e"].map((name) => witness.add(engine, name, true)))),
    await witness.add(engine, "f", false),
    await witness.sync(engine),
    await witness.add(engine, "g", false),
  ];
  return done.every(Boolean) && (await witness.sync(engine));
}

interface Scenario {
  readonly title: string;
  readonly prepare: (fs: FileSystem) => Promise<void>;
  readonly migrations: readonly Migration[];
  readonly existing: readonly string[];
  readonly files: readonly string[];
}

async function createOld(fs: FileSystem): Promise<void> {
  const engine = await openEngine({ fs, path: PATH });
  await engine.batch(OLD.map((name) => insert(name)));
  await engine.close();
}

const SCENARIOS: readonly Scenario[] = [
  { title: "creating", prepare: async () => {}, migrations: MIGRATIONS, existing: [], files: ["catalog.sqlite"] },
  { title: "writing", prepare: createOld, migrations: MIGRATIONS, existing: OLD, files: ["catalog.sqlite"] },
  {
    title: "migrating",
    prepare: createOld,
    migrations: MIGRATIONS_2,
    existing: OLD,
    files: ["catalog.sqlite", "catalog.sqlite.v1"],
  },
  {
    title: "taking over from a dead process",
    prepare: async (fs) => {
      await createOld(fs);
      await leaveLock(fs);
    },
    migrations: MIGRATIONS,
    existing: OLD,
    files: ["catalog.sqlite"],
  },
];

/** What a process that was killed while it wrote leaves behind. */
async function leaveLock(fs: FileSystem): Promise<void> {
  const engine = await openEngine({ fs, path: PATH, processes: createProcesses(99) });
  await engine.batch([insert("killed"), insert("killed'")], { durable: false });
  await fs.makeDirectory(`${PATH}.${"0".repeat(32)}.d`);
  await (await fs.open(`${PATH}.${"0".repeat(32)}.d/snapshot-1`, "create")).close();
}

async function runWithFault(scenario: Scenario, plan: FaultPlan): Promise<number> {
  const memory = createMemoryFileSystem();
  await scenario.prepare(memory);
  const fs = createFaultyFileSystem(memory, plan);
  const witness = new Witness();
  const processes = createProcesses(FAULTY_PID, new Set([99]));
  const { migrations } = scenario;
  let engine: SqlEngine | undefined;
  for (let attempt = 0; engine === undefined && attempt < 3; attempt++) {
    engine = await openEngine({ fs, path: PATH, processes, migrations }).catch(() => undefined);
  }
  if (engine !== undefined) {
    let whole = false;
    for (let attempt = 0; !whole && attempt < 5; attempt++) whole = await work(engine, witness);
    if (plan.repeat !== "forever") expect(whole).toBe(true);
    await engine.close().catch(() => undefined);
  } else expect(plan.repeat).toBe("forever");
  if (plan.repeat !== "forever") expect(await listNames(memory, FOLDER)).not.toContain("catalog.sqlite.lock");
  await checkAfterwards(memory, scenario, witness);
  return fs.faults;
}

async function checkAfterwards(fs: FileSystem, scenario: Scenario, witness: Witness): Promise<void> {
  const processes = createProcesses(8, new Set([FAULTY_PID, 99]));
  const engine = await openEngine({ fs, path: PATH, processes, migrations: scenario.migrations });
  const found = new Set(await names(engine));
  for (const name of scenario.existing) expect(found).toContain(name);
  for (const name of witness.acknowledged) expect(found).toContain(name);
  for (const name of witness.denied) if (!witness.unknown.has(name)) expect(found).not.toContain(name);
  for (const name of found) expect(found).toContain(name.endsWith("'") ? name.slice(0, -1) : `${name}'`);
  await engine.batch([insert("afterwards"), insert("afterwards'")]);
  await engine.close();
  expect((await listNames(fs, FOLDER)).join(" ")).toEqual(scenario.files.join(" "));
  const bytes = await fs.readFile(PATH);
  expect(inspectBytes(bytes)).toEqual({ integrity: "ok", names: [...found, "afterwards", "afterwards'"].sort() });
  expect([bytes[18], bytes[19]]).toEqual([1, 1]);
}

describe.each(SCENARIOS)("when a file operation fails while $title", (scenario) => {
  it.each([
    { effect: "before", repeat: "once" },
    { effect: "before", repeat: "forever" },
    { effect: "before", repeat: "once", code: "ENOSPC" },
    { effect: "after", repeat: "once" },
    { effect: "after", repeat: "forever" },
    { effect: "torn", repeat: "once", operations: ["write"] },
    { effect: "short", repeat: "once", operations: ["read", "write"] },
    { effect: "short", repeat: "forever", operations: ["read", "write"] },
  ] as const)("keeps what was acknowledged, whole: %o", async (plan) => {
    const none = await tryCases({ every: 12, from: 1 }, async (failAt) => {
      return (await runWithFault(scenario, { ...plan, failAt })) > 0;
    });
    expect(none).toBeGreaterThan(plan.effect === "before" || plan.effect === "after" ? 21 : 4);
  });
});

import type { CatalogStore } from "../../../../../src/adapters/sql/oplog/commit/catalog-store.ts";
import type { ReplicaFactory } from "../../../../../src/adapters/sql/oplog/protocol/catalog-replica.ts";
import type { Rules } from "../../../../../src/adapters/sql/oplog/protocol/rules.ts";
import { isCatalogError } from "../../../../../src/errors.ts";
import type { Chooser } from "../../../../../src/testing/simulation/chooser.ts";
import type { DiskFault, PowerLossDisk } from "../../../../../src/testing/simulation/power-loss-disk.ts";
import { History, Violation } from "./history.ts";
import { type LockMode, type OpenChoices, World, type WorldProcess } from "./world.ts";

/** What a scenario may contain. */
export interface ScenarioOptions {
  readonly chooser: Chooser;
  readonly lockMode: LockMode;
  readonly rules?: Partial<Rules> | undefined;
  readonly replicas?: ReplicaFactory | undefined;
  /** Whether file operations may fail. */
  readonly faults?: boolean | undefined;
  /** Told the content of every disk that is left by a power failure. */
  readonly onSurvivor?: ((disk: PowerLossDisk) => void) | undefined;
  /** Told what a disk has when everybody has closed the catalog after a power failure. */
  readonly onRecovered?: ((disk: PowerLossDisk) => void) | undefined;
}

interface Shared extends ScenarioOptions {
  readonly counter: { last: number };
}

const ADD = "INSERT INTO lines (line) VALUES (?) ON CONFLICT (line) DO NOTHING";
const LINES = "SELECT line FROM lines ORDER BY id";
const MAX_STEPS = 20_000;
const EPOCHS = 2;
const SURVIVORS = 3;

/** Runs processes, kills some, cuts the power, and looks what is left; twice. @throws {Violation} */
export async function runScenario(given: ScenarioOptions): Promise<void> {
  const options: Shared = { ...given, counter: { last: 0 } };
  let history = new History();
  let disk: PowerLossDisk | undefined;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const run = new Run(options, history, disk);
    await run.play();
    if (options.chooser.choose(4) === 0) {
      await settleOn(options, run.disk, history.clone(), "after the end");
      disk = run.disk;
      continue;
    }
    for (let count = 0; count < SURVIVORS; count++) {
      const survivor = run.disk.crash(options.chooser);
      options.onSurvivor?.(survivor);
      const next = history.clone();
      await recoverOn(options, survivor, next);
      if (count < SURVIVORS - 1) continue;
      disk = survivor;
      history = next;
    }
  }
}

const PLAIN: OpenChoices = { mode: "create", refreshIntervalMs: 0, checkpointBytes: 1 << 20 };

/** Opens what the power failure left, looks at it, and works with it. */
async function recoverOn(options: Shared, disk: PowerLossDisk, history: History): Promise<void> {
  const world = new World({ ...options, lockMode: "correct", disk, fault: undefined });
  const process = world.spawn("recovery");
  await finish(world, async () => {
    const store = await process.open(PLAIN);
    history.recover(await linesOf(store), "recovery");
    await addAndCheck(store, history, `recovered-${disk.fingerprint().length}`);
    await store.close();
  });
  process.kill();
  options.onRecovered?.(disk);
}

/** The same without a power failure. */
async function settleOn(options: Shared, disk: PowerLossDisk, history: History, where: string): Promise<void> {
  const world = new World({ ...options, lockMode: "correct", disk, fault: undefined });
  const process = world.spawn("last");
  await finish(world, async () => {
    const store = await process.open(PLAIN);
    history.observe(await linesOf(store), history.acknowledged, where);
    await store.close();
  });
  process.kill();
}

async function addAndCheck(store: CatalogStore, history: History, key: string): Promise<void> {
  await store.batch(batchOf(key));
  history.acknowledged.add(key);
  history.observe(await linesOf(store), history.acknowledged, "recovery, having added something,");
}

/** Lets the only process of a world run until it is done. */
async function finish(world: World, work: () => Promise<void>): Promise<void> {
  let state: "running" | "done" | { readonly error: unknown } = "running";
  work().then(
    () => {
      state = "done";
    },
    (error: unknown) => {
      state = { error };
    },
  );
  for (let steps = 0; (state as string) === "running"; steps++) {
    if (steps > MAX_STEPS) throw new Violation("recovery hangs");
    if (!(await world.scheduler.advance()) && (state as string) === "running") throw new Violation("recovery is stuck");
  }
  const ended = state as unknown;
  if (typeof ended === "object" && ended !== null && "error" in ended) {
    const { error } = ended;
    if (error instanceof Violation) throw error;
    throw new Violation(`recovery failed: ${String(error)}`, { cause: error });
  }
}

function batchOf(key: string): { sql: string; parameters: string[] }[] {
  return [1, 2].map((part) => ({ sql: ADD, parameters: [`${key}/${part}`] }));
}

async function linesOf(store: CatalogStore): Promise<readonly string[]> {
  return (await store.query({ sql: LINES })).map(([line]) => String(line));
}

/** One time between two power failures. */
class Run {
  readonly #options: Shared;
  readonly #history: History;
  readonly #world: World;
  readonly #keys: string[] = [];
  readonly #ownKeys: Map<string, Set<string>> = new Map();
  #violation: unknown;
  #running = 0;
  #budget = 2;
  #hasty = false;

  constructor(options: Shared, history: History, disk: PowerLossDisk | undefined) {
    this.#options = options;
    this.#history = history;
    const fault = options.faults === true ? (operation: string) => this.#fault(operation) : undefined;
    this.#world = new World({ ...options, disk, fault });
  }

  get disk(): PowerLossDisk {
    return this.#world.disk;
  }

  async play(): Promise<void> {
    const { chooser } = this.#options;
    const processes: WorldProcess[] = [];
    // Opening and closing all the time, or working on.
    this.#hasty = chooser.choose(3) === 2;
    const count = 1 + chooser.choose(4);
    for (let index = 0; index < count; index++) processes.push(this.#start());
    // A power failure at any step, or none until everybody is done.
    const lastStep = chooser.choose(3) === 0 ? MAX_STEPS : 1 + chooser.choose(60 * (1 + chooser.choose(8)));
    for (let step = 0; step < lastStep && this.#running > 0; step++) {
      if (!(await this.#world.scheduler.advance()) && this.#running > 0) throw this.#stuck("everybody waits for ever");
      if (this.#violation !== undefined) throw this.#violation;
      if (chooser.choose(150) === 149) this.#killOne(processes);
      if (chooser.choose(40) === 39) this.#stallOne(processes);
      if (step === MAX_STEPS - 1) throw this.#stuck("nobody gets anywhere");
    }
    for (const process of processes) process.kill();
    if (this.#violation !== undefined) throw this.#violation;
  }

  #stuck(what: string): Violation {
    return new Violation(`${what}; the last steps were\n${this.#world.scheduler.log.slice(-30).join("\n")}`);
  }

  /** For as long as others take for everything from opening to closing. */
  #stallOne(processes: readonly WorldProcess[]): void {
    const { chooser } = this.#options;
    processes[chooser.choose(processes.length)]?.simulated.stall(chooser.choose(40));
  }

  #killOne(processes: readonly WorldProcess[]): void {
    const alive = processes.filter(({ simulated }) => simulated.alive);
    const victim = alive[this.#options.chooser.choose(alive.length)];
    if (victim === undefined) return;
    victim.kill();
    this.#running -= this.#active.delete(victim.name) ? 1 : 0;
  }

  readonly #active: Set<string> = new Set();

  #start(): WorldProcess {
    const { chooser } = this.#options;
    const role = (["writer", "writer", "reader", "folder", "writer"] as const)[chooser.choose(5)] ?? "writer";
    const process = this.#world.spawn(role);
    this.#running += 1;
    this.#active.add(process.name);
    const script = role === "reader" ? this.#read(process) : this.#write(process, role === "folder");
    script
      .catch((error: unknown) => {
        this.#violation ??=
          error instanceof Violation ? error : new Violation(`${process.name}: ${String(error)}`, { cause: error });
      })
      .finally(() => {
        if (this.#active.delete(process.name)) this.#running -= 1;
      });
    return process;
  }

  async #write(process: WorldProcess, folds: boolean): Promise<void> {
    const { chooser } = this.#options;
    for (let sessions = 1 + chooser.choose(this.#hasty ? 4 : 2); sessions > 0; sessions--) {
      const store = await this.#tolerate(() => process.open(this.#choices("create")));
      if (store === undefined) return;
      for (let operations = 1 + chooser.choose(this.#hasty ? 1 : 4); operations > 0; operations--) {
        await this.#writeOnce(process, store, folds);
      }
      await this.#tolerate(() => store.close());
    }
  }

  async #writeOnce(process: WorldProcess, store: CatalogStore, folds: boolean): Promise<void> {
    const { chooser } = this.#options;
    switch (chooser.choose(folds ? 7 : 5)) {
      case 0:
        return this.#add(process.name, store, this.#oldKey());
      case 1:
      case 4:
        return this.#add(process.name, store, this.#newKey());
      case 2: {
        const several = [this.#newKey(), this.#oldKey(), this.#newKey()];
        await Promise.all(several.map((key) => this.#add(process.name, store, key)));
        return;
      }
      case 3:
        return this.#look(process.name, store);
      default:
        await this.#tolerate(() => store.checkpoint({ removeLog: chooser.choose(2) === 1 }));
    }
  }

  async #read(process: WorldProcess): Promise<void> {
    const { chooser } = this.#options;
    const store = await this.#tolerate(() => process.open(this.#choices("read")), "NOT_FOUND");
    if (store === undefined) return;
    for (let looks = 1 + chooser.choose(4); looks > 0; looks--) await this.#look(process.name, store);
    await this.#tolerate(() => store.close());
  }

  async #look(name: string, store: CatalogStore): Promise<void> {
    // Whoever believes to hold the lock does not look at the files before a read.
    const stolen = this.#options.lockMode === "stolen";
    const known = new Set(stolen ? this.#ownKeys.get(name) : this.#history.acknowledged);
    const lines = await this.#tolerate(() => linesOf(store));
    if (lines !== undefined) this.#history.observe(lines, known, name);
  }

  async #add(name: string, store: CatalogStore, key: string): Promise<void> {
    try {
      await store.batch(batchOf(key));
      this.#ownKeys.set(name, (this.#ownKeys.get(name) ?? new Set()).add(key));
      this.#history.acknowledged.add(key);
    } catch (error) {
      if (isCatalogError(error, "OUTCOME_UNKNOWN")) return;
      this.#requireFault(error);
      // A key that others add as well may be there all the same.
      if (this.#keys.filter((each) => each === key).length === 1) this.#history.denied.add(key);
    }
  }

  async #tolerate<Result>(work: () => Promise<Result>, code?: "NOT_FOUND"): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (code !== undefined && isCatalogError(error, code)) return undefined;
      this.#requireFault(error);
      return undefined;
    }
  }

  #requireFault(error: unknown): void {
    const told =
      isCatalogError(error) && ["NO_SPACE", "NOT_COMMITTED", "BACKEND", "OUTCOME_UNKNOWN"].includes(error.code);
    if (this.#options.faults === true && told) return;
    throw error;
  }

  #choices(mode: "create" | "read"): OpenChoices {
    const { chooser } = this.#options;
    const checkpointBytes = [1 << 20, 1, 400][chooser.choose(3)] ?? 1;
    return { mode, refreshIntervalMs: 0, checkpointBytes };
  }

  #newKey(): string {
    const key = `k${this.#history.acknowledged.size}-${this.#keys.length}-${this.#world.scheduler.log.length}`;
    this.#keys.push(key);
    return key;
  }

  /** One that somebody else adds too. */
  #oldKey(): string {
    const { chooser } = this.#options;
    // Mostly the newest: whoever adds it may be about to write it this moment.
    const at = chooser.choose(3) === 2 ? chooser.choose(this.#keys.length) : this.#keys.length - 1;
    const key = this.#keys[at] ?? this.#newKey();
    this.#keys.push(key);
    this.#history.denied.delete(key);
    return key;
  }

  /** At most two faults a run; what the power does is bad enough. */
  #fault(operation: string): DiskFault | undefined {
    const { chooser, lockMode } = this.#options;
    const rarely = operation === "fsync" || operation === "write" ? 15 : 60;
    if (this.#budget === 0 || chooser.choose(rarely) !== rarely - 1) return undefined;
    // A known limit: a failed sync, together with a stolen lock.
    if (operation === "fsync" && lockMode !== "correct") return undefined;
    this.#budget -= 1;
    if (operation === "write") return (["EIO", "ENOSPC", "short"] as const)[chooser.choose(3)];
    return "EIO";
  }
}

import { isCatalogError } from "../../../../../src/errors.ts";
import type { DiskFault, PowerLossDisk } from "../../../../../src/testing/simulation/power-loss-disk.ts";
import { add, type Client, isTold, look, readAndSync, readInBatch } from "./client.ts";
import { type History, Violation } from "./history.ts";
import { migrationKey } from "./list-replica.ts";
import type { Shared } from "./scenario.ts";
import { type OpenChoices, World, type WorldProcess, type WorldStep } from "./world.ts";

const MAX_STEPS = 20_000;
const DURABILITIES = ["commit", "batch", "checkpoint"] as const;
const CHECKPOINTS_ON_CLOSE = ["auto", "always", "never"] as const;

/** From opening to closing. */
interface Session extends Client {
  /** What was acknowledged in it. */
  readonly keys: Set<string>;
}

/** The time between two power failures. */
export class Run {
  readonly #options: Shared;
  readonly #history: History;
  readonly #world: World;
  readonly #keys: string[] = [];
  readonly #ownKeys: Map<string, Set<string>> = new Map();
  readonly #active: Set<string> = new Set();
  #violation: unknown;
  #faultsLeft = 2;
  #hasty = false;
  /** Whose sync of a log failed. */
  #sheltered: string | undefined;

  constructor(options: Shared, history: History, disk: PowerLossDisk | undefined) {
    this.#options = options;
    this.#history = history;
    const fault = options.faults === true ? (step: WorldStep) => this.#fault(step) : undefined;
    this.#world = new World({ ...options, disk, fault });
  }

  get disk(): PowerLossDisk {
    return this.#world.disk;
  }

  /**
   * A sync of a log has failed. Nobody but a power failure may kill then before the log is sealed: a known limit, as
   * nothing tells others of it.
   */
  get unsealed(): boolean {
    return this.#sheltered !== undefined;
  }

  /** Lets processes run; `examine` is told now and then that a power failure may be looked at. */
  async play(examine: (disk: PowerLossDisk) => Promise<void>): Promise<void> {
    const { chooser, onStep, examineEvery = 8 } = this.#options;
    const { scheduler } = this.#world;
    const processes: WorldProcess[] = [];
    this.#history.goOn();
    // Opening and closing all the time, or working on.
    this.#hasty = chooser.choose(3) === 2;
    const count = 1 + chooser.choose(4);
    for (let index = 0; index < count; index++) processes.push(this.#start());
    // Until everybody is done, or a part of the way.
    const lastStep = chooser.choose(3) === 0 ? MAX_STEPS : 1 + chooser.choose(60 * (1 + chooser.choose(8)));
    for (let step = 0; step < lastStep && this.#active.size > 0; step++) {
      if (!(await scheduler.advance()) && this.#active.size > 0) throw this.#stuck("everybody waits for ever");
      onStep?.(scheduler.log.at(-1) ?? "");
      if (this.#violation !== undefined) throw this.#violation;
      if (chooser.choose(examineEvery) === examineEvery - 1) await examine(this.disk);
      if (chooser.choose(150) === 149) this.#killOne(processes);
      if (chooser.choose(40) === 39) this.#stallOne(processes);
      this.#stallWithinChange(processes);
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

  /** Likewise whoever has just found a folder, and is about to change what is in it. */
  #stallWithinChange(processes: readonly WorldProcess[]): void {
    const { chooser } = this.#options;
    const { scheduler } = this.#world;
    const moved = scheduler.log.at(-1)?.split(": ")[0];
    const process = processes.find(({ name }) => name === moved);
    if (process === undefined || !scheduler.waiting(process.simulated).some((label) => label.includes("(found)")))
      return;
    if (chooser.choose(6) === 5) process.simulated.stall(chooser.choose(60));
  }

  #killOne(processes: readonly WorldProcess[]): void {
    const alive = processes.filter(({ simulated, name }) => simulated.alive && name !== this.#sheltered);
    const victim = alive[this.#options.chooser.choose(alive.length)];
    if (victim === undefined) return;
    this.#options.onStep?.(`${victim.name}: is killed`);
    victim.kill();
    this.#active.delete(victim.name);
  }

  #start(): WorldProcess {
    const { chooser } = this.#options;
    const role = (["writer", "writer", "reader", "folder", "writer"] as const)[chooser.choose(5)] ?? "writer";
    const process = this.#world.spawn(role);
    this.#active.add(process.name);
    const script = role === "reader" ? this.#read(process) : this.#write(process, role === "folder");
    script
      .catch((error: unknown) => {
        this.#violation ??=
          error instanceof Violation ? error : new Violation(`${process.name}: ${String(error)}`, { cause: error });
      })
      .finally(() => this.#active.delete(process.name));
    return process;
  }

  async #write(process: WorldProcess, checkpoints: boolean): Promise<void> {
    const { chooser } = this.#options;
    for (let sessions = 1 + chooser.choose(this.#hasty ? 4 : 2); sessions > 0; sessions--) {
      const session = await this.#open(process, "create");
      if (session === undefined) return;
      for (let operations = 1 + chooser.choose(this.#hasty ? 1 : 4); operations > 0; operations--) {
        await this.#writeOnce(session, checkpoints);
      }
      await this.#confirming(session.keys, () => session.store.close());
    }
  }

  async #writeOnce(session: Session, checkpoints: boolean): Promise<void> {
    const { chooser } = this.#options;
    const { store } = session;
    // Whoever is durable with each batch has nothing to ask for.
    if (session.soft === true && chooser.choose(6) === 5) return this.#confirming(session.keys, () => store.sync());
    switch (chooser.choose(checkpoints ? 8 : 6)) {
      case 0:
        return this.#add(session, this.#oldKey());
      case 1:
      case 4:
        return this.#add(session, this.#newKey());
      case 2: {
        const several = [this.#newKey(), this.#oldKey(), this.#newKey()];
        await Promise.all(several.map((key) => this.#add(session, key)));
        return;
      }
      case 3:
        return this.#look(session);
      case 5:
        await this.#tolerate(() => readInBatch(session));
        return;
      default:
        return this.#confirming(this.#history.applied, () => store.checkpoint({ removeLog: chooser.choose(2) === 1 }));
    }
  }

  async #read(process: WorldProcess): Promise<void> {
    const { chooser } = this.#options;
    const session = await this.#open(process, "read");
    if (session === undefined) return;
    for (let looks = 1 + chooser.choose(4); looks > 0; looks--) {
      if (chooser.choose(3) < 2) await this.#look(session);
      else await this.#readAndSync(session);
    }
    await this.#tolerate(() => session.store.close());
  }

  async #open(process: WorldProcess, mode: "create" | "read"): Promise<Session | undefined> {
    const choices = this.#choices(mode);
    const store = await this.#tolerate(() => process.open(choices), mode === "read" ? "NOT_FOUND" : undefined);
    if (store === undefined) return undefined;
    // Whoever made the schema that new, and whether that is durable yet.
    if (mode === "create" && choices.knows === 2) this.#history.apply(migrationKey(2));
    const soft = (choices.durability ?? "commit") !== "commit";
    return { name: process.name, store, history: this.#history, soft, keys: new Set() };
  }

  /** Does what makes `keys` durable. */
  async #confirming(keys: ReadonlySet<string>, work: () => Promise<unknown>): Promise<void> {
    const before = [...keys];
    await this.#tolerate(async () => {
      await work();
      this.#history.confirm(before);
    });
  }

  async #look(session: Session): Promise<void> {
    const fresh = this.#options.chooser.choose(2) === 1;
    // Whoever believes to hold the lock does not look at the files before a read.
    const stolen = this.#options.lockMode === "stolen" && !fresh;
    const known = new Set(stolen ? this.#ownKeys.get(session.name) : this.#history.known);
    await this.#tolerate(() => look(session, known, { fresh }));
  }

  async #readAndSync(session: Session): Promise<void> {
    // The known limit: nothing tells a reader of a sync that failed before it opened the log.
    if (this.#sheltered === undefined) await this.#tolerate(() => readAndSync(session));
    else await this.#look(session);
  }

  async #add(session: Session, key: string): Promise<void> {
    const { name, keys } = session;
    const outcome = await add(session, key, (error) => this.#requireExpected(error));
    if (outcome === "acknowledged") {
      keys.add(key);
      this.#ownKeys.set(name, (this.#ownKeys.get(name) ?? new Set()).add(key));
    }
    // A key that others add as well may be there all the same.
    const once = this.#keys.filter((each) => each === key).length === 1;
    if (outcome === "denied" && once) this.#history.deny(key);
  }

  async #tolerate<Result>(work: () => Promise<Result>, code?: "NOT_FOUND"): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (code !== undefined && isCatalogError(error, code)) return undefined;
      this.#requireExpected(error);
      return undefined;
    }
  }

  #requireExpected(error: unknown): void {
    const { faults, mixed } = this.#options;
    if (faults === true && isTold(error)) return;
    if (mixed === true && isCatalogError(error, "SCHEMA_TOO_NEW")) return;
    throw error;
  }

  #choices(mode: "create" | "read"): OpenChoices {
    const { chooser } = this.#options;
    const checkpointBytes = [1 << 20, 1, 400][chooser.choose(3)] ?? 1;
    const choices = { mode, refreshIntervalMs: 0, checkpointBytes };
    if (this.#options.mixed !== true) return choices;
    return {
      ...choices,
      durability: DURABILITIES[chooser.choose(DURABILITIES.length)] ?? "commit",
      checkpointOnClose: CHECKPOINTS_ON_CLOSE[chooser.choose(CHECKPOINTS_ON_CLOSE.length)] ?? "auto",
      keepSnapshots: chooser.choose(3),
      knows: chooser.choose(8) === 7 ? 2 : 1,
    };
  }

  #newKey(): string {
    this.#options.counter.last += 1;
    const key = `k${this.#options.counter.last}`;
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
    this.#history.allow(key);
    return key;
  }

  /** At most two faults a run; what the power does is bad enough. */
  #fault({ operation, path, process }: WorldStep): DiskFault | undefined {
    const { chooser, lockMode } = this.#options;
    const rarely = operation === "fsync" || operation === "write" ? 15 : 60;
    if (this.#faultsLeft === 0 || chooser.choose(rarely) !== rarely - 1) return undefined;
    const ofLog = operation === "fsync" && path.endsWith(".oplog");
    // A known limit: a failed sync of a log, together with a stolen lock.
    if (ofLog && lockMode !== "correct") return undefined;
    this.#faultsLeft -= 1;
    if (ofLog) {
      this.#sheltered = process;
      this.#faultsLeft = 0;
    }
    if (operation === "write") return (["EIO", "ENOSPC", "short"] as const)[chooser.choose(3)];
    return "EIO";
  }
}

import type { Opening } from "../../../../../src/adapters/sql/oplog/opening/opening.ts";
import type { ReplicaFactory } from "../../../../../src/adapters/sql/oplog/protocol/catalog-replica.ts";
import type { Rules } from "../../../../../src/adapters/sql/oplog/protocol/rules.ts";
import { isCatalogError } from "../../../../../src/errors.ts";
import type { QueryOptions } from "../../../../../src/ports/sql.ts";
import {
  type Chooser,
  createRandomChooser,
  createReplayChooser,
} from "../../../../../src/testing/simulation/chooser.ts";
import type { DiskFault } from "../../../../../src/testing/simulation/power-loss-disk.ts";
import { add, type Client, isTold, look, readAndSync, readInBatch } from "./client.ts";
import { History, Violation } from "./history.ts";
import { keptOn, requireBeginnings } from "./kept.ts";
import { migrationKey } from "./list-replica.ts";
import { PLAIN, recover } from "./recovery.ts";
import { type LockMode, type OpenChoices, World, type WorldProcess, type WorldStep } from "./world.ts";

/** Options of a {@link Stage}. */
export interface StageOptions {
  readonly rules?: Partial<Rules> | undefined;
  readonly lockMode?: LockMode | undefined;
  /** @default true */
  readonly hardlink?: boolean | undefined;
  /** Told every step when it happens. */
  readonly onStep?: ((line: string) => void) | undefined;
  /** @default lists */
  readonly replicas?: ((knows: number) => ReplicaFactory) | undefined;
  /** The newest schema that those who come last know; others may meet it then. @default 1 */
  readonly knows?: number | undefined;
  /** How many outcomes of each power failure are looked at. @default 200 */
  readonly survivors?: number | undefined;
}

/** A fault that the script of a {@link Stage} wants. */
export interface StageFault {
  /** Of an operation and its path, as in "fsync /catalog.sqlite.oplog". */
  readonly at: RegExp;
  readonly fault: DiskFault;
  /** @default every time */
  readonly times?: number | undefined;
  /** How many such operations work before. @default 0 */
  readonly after?: number | undefined;
  /** Of one process only. */
  readonly actor?: Actor | undefined;
}

const MAX_STEPS = 30_000;
const SURVIVORS = 200;

/** A world whose processes do what a script says, in the order that it says. */
export class Stage {
  readonly history: History = new History();
  readonly world: World;
  readonly options: StageOptions;
  readonly #counter = { last: 0 };
  readonly #faults: { readonly wanted: StageFault; before: number; left: number }[] = [];
  #hasFailed = false;
  /** A sync of a log has failed. */
  syncFailed = false;
  /** What is decided next; 0 where nothing is said. */
  readonly decisions: number[] = [];

  constructor(options: StageOptions) {
    this.options = options;
    const dull = createReplayChooser([]);
    const chooser: Chooser = {
      trace: dull.trace,
      choose: (count) => (count <= 1 ? 0 : Math.min(this.decisions.shift() ?? 0, count - 1)),
    };
    this.world = new World({
      chooser,
      counter: this.#counter,
      lockMode: options.lockMode ?? "none",
      rules: options.rules,
      fault: (step) => this.#fault(step),
      hardlink: options.hardlink,
      replicas: options.replicas,
    });
  }

  /** Somebody who has not done anything yet. */
  actor(name: string): Actor {
    return new Actor(this, this.world.spawn(name));
  }

  /** Somebody who has the catalog open. */
  async open(name: string, choices: Partial<OpenChoices> = {}): Promise<Actor> {
    const actor = this.actor(name);
    await actor.run(() => actor.open(choices));
    return actor;
  }

  failing(wanted: StageFault): void {
    this.#faults.push({ wanted, before: wanted.after ?? 0, left: wanted.times ?? Number.POSITIVE_INFINITY });
  }

  /** From now on nothing fails; gives whether anything has. */
  mend(): boolean {
    this.#faults.length = 0;
    return this.#hasFailed;
  }

  /** Cuts the power again and again, each time with another outcome, and looks what is left. @throws {Violation} */
  async crash(): Promise<void> {
    const { survivors = SURVIVORS } = this.options;
    const examined = new Set<string>();
    for (let seed = 0; seed < survivors; seed++) {
      const left = this.world.disk.crash(seed === 0 ? createReplayChooser([]) : createRandomChooser(seed));
      const content = left.fingerprint();
      if (examined.has(content)) continue;
      examined.add(content);
      const history = this.history.clone();
      history.powerLoss();
      await recover(this.#settings(), left, history);
      const kept = keptOn(left);
      // Nobody may have looked yet.
      if (this.history.longest.length > 0) requireBeginnings(kept, this.history.longest);
    }
  }

  /** Ends all processes, and looks what is there without a power failure. @throws {Violation} */
  async kill(): Promise<void> {
    await recover(this.#settings(), this.world.disk, this.history.clone());
  }

  #settings(): Parameters<typeof recover>[0] {
    const { rules, hardlink, knows, replicas } = this.options;
    return { rules, hardlink, knows, replicas, counter: { last: 1_000_000 }, chooser: createReplayChooser([]) };
  }

  #fault({ operation, path, process }: WorldStep): DiskFault | undefined {
    const found = this.#faults.find(({ wanted, left }) => {
      const his = wanted.actor === undefined || wanted.actor.name === process;
      return his && left > 0 && wanted.at.test(`${operation} ${path}`);
    });
    if (found === undefined) return undefined;
    if (found.before > 0) {
      found.before -= 1;
      return undefined;
    }
    found.left -= 1;
    this.#hasFailed = true;
    if (/^fsync \S*\.oplog$/.test(`${operation} ${path}`)) this.syncFailed = true;
    return found.wanted.fault;
  }
}

function requireTold(error: unknown): void {
  if (!isTold(error)) throw error;
}

/** What an actor does, until it is done. */
interface Task {
  done: boolean;
  error?: unknown;
}

/** A process of a {@link Stage}, which moves only when it is told to. */
export class Actor {
  readonly #stage: Stage;
  readonly #process: WorldProcess;
  #store: Opening | undefined;
  #soft = false;
  #task: Task = { done: true };

  constructor(stage: Stage, process: WorldProcess) {
    this.#stage = stage;
    this.#process = process;
  }

  get name(): string {
    return this.#process.name;
  }

  get isOpen(): boolean {
    return this.#store !== undefined;
  }

  /** Begins something, which waits before its first step. */
  start(work: () => Promise<unknown>): void {
    const task: Task = { done: false };
    this.#task = task;
    work().then(
      () => {
        task.done = true;
      },
      (error: unknown) => {
        task.done = true;
        task.error = error;
      },
    );
  }

  /** Goes on until it is about to do what `label` describes; gives whether it came there before it was done. */
  async reach(label: RegExp): Promise<boolean> {
    await this.#settle();
    return this.#advance(() =>
      this.#stage.world.scheduler.waiting(this.#process.simulated).some((at) => label.test(at)),
    );
  }

  /** Goes on for so many steps; gives whether there is more to do. */
  async steps(count: number): Promise<boolean> {
    let left = count;
    await this.#settle();
    return this.#advance(() => left-- <= 0);
  }

  /** Goes on until it is done. */
  async finish(): Promise<void> {
    await this.#settle();
    await this.#advance(() => false);
  }

  /** Does something from beginning to end. */
  async run(work: () => Promise<unknown>): Promise<void> {
    this.start(work);
    await this.finish();
  }

  /** The same for what may fail, because the device does. */
  attempt(work: () => Promise<unknown>): Promise<void> {
    return this.run(() => work().catch(requireTold));
  }

  /** From now on it does nothing any more. */
  kill(): void {
    this.#process.kill();
  }

  async open(choices: Partial<OpenChoices> = {}): Promise<void> {
    this.#store = await this.#process.open({ ...PLAIN, ...choices });
    this.#soft = (choices.durability ?? "commit") !== "commit";
  }

  /** Opens it with a newer program, which brings the schema up to date. */
  async migrate(): Promise<void> {
    await this.open({ knows: 2 });
    this.#stage.history.acknowledge(migrationKey(2));
  }

  /** Lets time pass. */
  rest(durationMs: number): Promise<void> {
    return this.#process.simulated.clock.sleep(durationMs);
  }

  /** Adds a batch that nobody else adds. */
  async add(key: string): Promise<void> {
    const outcome = await add(this.#client(), key, (error) => {
      const stopped = this.#stage.options.knows === 2 && isCatalogError(error, "SCHEMA_TOO_NEW");
      if (!stopped) requireTold(error);
    });
    if (outcome === "denied") this.#stage.history.deny(key);
  }

  /** Adds a batch. @throws {Violation} when that does not work */
  async addForSure(key: string): Promise<void> {
    await add(this.#client(), key, (error) => {
      throw error;
    });
    if (!this.#stage.history.known.has(key)) throw new Violation(`${this.name} is not told what became of ${key}`);
  }

  async look(options?: QueryOptions): Promise<void> {
    await look(this.#client(), this.#stage.history.known, options);
  }

  readAndSync(): Promise<void> {
    return readAndSync(this.#client());
  }

  readInBatch(): Promise<void> {
    return readInBatch(this.#client());
  }

  async checkpoint(removeLog = false): Promise<void> {
    const { store, history } = this.#client();
    const before = [...history.applied];
    await store.checkpoint({ removeLog });
    history.confirm(before);
  }

  async sync(): Promise<void> {
    const { store, history } = this.#client();
    const before = [...history.applied];
    await store.sync();
    history.confirm(before);
  }

  async close(): Promise<void> {
    const { store, history } = this.#client();
    const before = [...history.applied];
    this.#store = undefined;
    await store.close();
    history.confirm(before);
  }

  #client(): Client {
    if (this.#store === undefined) throw new TypeError(`${this.name} has not opened anything`);
    return { name: this.name, store: this.#store, history: this.#stage.history, soft: this.#soft };
  }

  #settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  async #advance(there: () => boolean): Promise<boolean> {
    const { scheduler } = this.#stage.world;
    for (let steps = 0; !this.#task.done; steps++) {
      if (there()) return true;
      const stuck = steps > MAX_STEPS || !(await scheduler.advance(this.#process.simulated));
      if (stuck && !this.#task.done)
        throw new Violation(`${this.name} gets nowhere: ${scheduler.log.slice(-5).join()}`);
      this.#stage.options.onStep?.(scheduler.log.at(-1) ?? "");
    }
    const { error } = this.#task;
    if (error instanceof Violation) throw error;
    if (error !== undefined) throw new Violation(`${this.name}: ${String(error)}`, { cause: error });
    return false;
  }
}

import { createNativeHasher } from "../../../../../src/adapters/hash/native.ts";
import type { MigrationPlan } from "../../../../../src/adapters/sql/oplog/commit/migration-plan.ts";
import type { OpenOptions } from "../../../../../src/adapters/sql/oplog/commit/open-options.ts";
import { keepPrevious } from "../../../../../src/adapters/sql/oplog/keep-previous.ts";
import type { Lock } from "../../../../../src/adapters/sql/oplog/lock/writer-lock.ts";
import { createDigest } from "../../../../../src/adapters/sql/oplog/log/chain.ts";
import { openStore } from "../../../../../src/adapters/sql/oplog/opening/open-store.ts";
import type { Opening } from "../../../../../src/adapters/sql/oplog/opening/opening.ts";
import type { ReplicaFactory } from "../../../../../src/adapters/sql/oplog/protocol/catalog-replica.ts";
import type { Rules } from "../../../../../src/adapters/sql/oplog/protocol/rules.ts";
import type { Chooser } from "../../../../../src/testing/simulation/chooser.ts";
import {
  type DiskFault,
  type DiskProcess,
  PowerLossDisk,
} from "../../../../../src/testing/simulation/power-loss-disk.ts";
import {
  createScheduler,
  type Scheduler,
  type SimulatedProcess,
} from "../../../../../src/testing/simulation/scheduler.ts";
import { createListReplicas } from "./list-replica.ts";

/** How far the lock can be trusted. */
export type LockMode = "correct" | "stolen" | "none";

/** What a {@link World} is like. */
export interface WorldOptions {
  readonly chooser: Chooser;
  /** Shared by the worlds of a scenario: nonces and process numbers never come back. */
  readonly counter: { last: number };
  readonly lockMode: LockMode;
  /** For a program that knows schemas up to a version. @default lists */
  readonly replicas?: ((knows: number) => ReplicaFactory) | undefined;
  readonly rules?: Partial<Rules> | undefined;
  readonly disk?: PowerLossDisk | undefined;
  /** Whether files can have several names. @default true */
  readonly hardlink?: boolean | undefined;
  /** The fault of an operation of a process, if any. */
  readonly fault?: ((step: WorldStep) => DiskFault | undefined) | undefined;
}

/** What a process is about to do. */
export interface WorldStep {
  readonly operation: string;
  readonly path: string;
  readonly process: string;
}

/** How a process opens the catalog. */
export interface OpenChoices
  extends Partial<Pick<OpenOptions, "durability" | "checkpointOnClose" | "keepSnapshots" | "refreshIntervalMs">> {
  readonly mode: "create" | "write" | "read";
  readonly checkpointBytes: number;
  /** The newest schema that the program knows, to which it migrates. @default 1 */
  readonly knows?: number | undefined;
}

/** One process of a world. */
export interface WorldProcess {
  readonly name: string;
  readonly simulated: SimulatedProcess;
  open(choices: OpenChoices): Promise<Opening>;
  kill(): void;
}

/** Where the catalog lies. */
export const CATALOG = "/catalog.sqlite";

/** What a migration runs, on databases that are real ones. */
export const MIGRATE = "INSERT INTO lines (line) VALUES ('schema2/1'), ('schema2/2')";

const digest = createDigest(createNativeHasher());
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const NO_LOCK: Lock = {
  held: false,
  endIsSeen: true,
  acquire: () => Promise.resolve(),
  wanted: () => Promise.resolve(false),
  release: () => Promise.resolve(),
  sweep: () => Promise.resolve(),
  listLeft: () => Promise.resolve([]),
  isTaken: () => Promise.resolve(false),
};

/** Processes that share a disk, one step at a time. */
export class World {
  readonly disk: PowerLossDisk;
  readonly scheduler: Scheduler;
  readonly #options: WorldOptions;
  readonly #alive: Map<number, boolean> = new Map();

  constructor(options: WorldOptions) {
    this.#options = options;
    this.disk = options.disk ?? new PowerLossDisk();
    this.scheduler = createScheduler({ chooser: options.chooser, settle });
  }

  spawn(role: string): WorldProcess {
    const { chooser, fault, counter, hardlink } = this.#options;
    counter.last += 1;
    const pid = counter.last;
    const name = `${role}-${pid}`;
    const simulated = this.scheduler.spawn(name);
    const now = (): number => this.scheduler.nowMs;
    const step = (operation: string, path: string): Promise<void> => simulated.step(`${operation} ${path}`);
    const disk = this.disk.attach({
      step,
      now,
      chooser,
      hardlink,
      fault: fault && ((operation, path) => fault({ operation, path, process: name })),
    });
    this.#alive.set(pid, true);
    const owner = { pid, simulated, disk, abandoned: new Set<string>() };
    return {
      name,
      simulated,
      open: (choices) => this.#open(owner, choices),
      kill: () => {
        this.#alive.set(pid, false);
        simulated.kill();
        disk.kill();
      },
    };
  }

  #open(owner: Owner, { mode, checkpointBytes, knows = 1, ...choices }: OpenChoices): Promise<Opening> {
    const { lockMode, rules, replicas = (version) => createListReplicas({ knows: version }) } = this.#options;
    return openStore({
      fs: owner.disk.fs,
      path: CATALOG,
      create: mode === "create",
      replicas: replicas(knows),
      plan: planFor(owner, knows),
      digest,
      clock: owner.simulated.clock,
      entropy: { nonce: () => this.#nonce() },
      processes: {
        self: () => ({ host: "here", bootId: "1", pid: owner.pid, startedAt: null }),
        isAlive: ({ pid }) => pid !== null && this.#seemsAlive(pid),
        // Some release the lock before they answer.
        endIsSeen: owner.pid % 3 !== 0,
      },
      openOptions: {
        readOnly: mode === "read",
        busyTimeoutMs: 20_000,
        refreshIntervalMs: 0,
        durability: "commit",
        checkpointOnClose: "auto",
        keepSnapshots: 0,
        ...choices,
      },
      checkpointBytes,
      rules,
      lock: lockMode === "none" ? NO_LOCK : undefined,
      abandoned: owner.abandoned,
    });
  }

  #seemsAlive(pid: number): boolean {
    const { lockMode, chooser } = this.#options;
    const alive = this.#alive.get(pid) === true;
    return alive && (lockMode !== "stolen" || chooser.choose(4) !== 3);
  }

  #nonce(): string {
    const { counter } = this.#options;
    counter.last += 1;
    const mixed = Math.imul(counter.last, 0x9e3779b1) >>> 0;
    return mixed.toString(16).padStart(8, "0") + counter.last.toString(16).padStart(24, "0");
  }
}

function planFor({ disk }: Owner, to: number): MigrationPlan {
  return {
    to,
    from: (version) =>
      version < to ? { from: version, to, script: `${MIGRATE}\n;PRAGMA user_version = ${to}` } : undefined,
    keepFile: (version) => keepPrevious(disk.fs, CATALOG, version),
  };
}

interface Owner {
  readonly pid: number;
  readonly simulated: SimulatedProcess;
  readonly disk: DiskProcess;
  readonly abandoned: Set<string>;
}

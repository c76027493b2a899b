import { unlinkIfThere } from "../../../../../src/adapters/sql/oplog/lock/lock-file.ts";
import { WriterLock } from "../../../../../src/adapters/sql/oplog/lock/writer-lock.ts";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import type { Chooser } from "../../../../../src/testing/simulation/chooser.ts";
import { PowerLossDisk } from "../../../../../src/testing/simulation/power-loss-disk.ts";
import {
  createScheduler,
  type Scheduler,
  type SimulatedProcess,
} from "../../../../../src/testing/simulation/scheduler.ts";

export const FILES = {
  snapshot: "/catalog.sqlite",
  lock: "/catalog.sqlite.lock",
  wanted: "/catalog.sqlite.lock.wanted",
};

/** A process with a lock of its own. */
export interface LockProcess {
  readonly pid: number;
  readonly simulated: SimulatedProcess;
  readonly lock: WriterLock;
  /** How many file operations it has begun. */
  readonly steps: number;
  kill(): void;
}

/** A process is killed, or stopped until everybody else takes it for dead. */
export interface Blow {
  readonly kind: "kill" | "stop";
  readonly step: number;
}

/** How long a lock lives without a heartbeat, and for how long a process is stopped. */
const SILENT_FOR_MS = 300;
const STOPPED_FOR_MS = 400;

/** What a {@link LockWorld} is like. */
export interface LockWorldOptions {
  readonly chooser: Chooser;
  /** Whether files can have a second name. @default true */
  readonly links?: boolean | undefined;
  /** What befalls the first process right before the file operation with this number, counted from 1. */
  readonly blow?: Blow | undefined;
  /** Whether processes see each other; else they show signs of life. @default true */
  readonly seen?: boolean | undefined;
  /** How long a process waits. */
  readonly busyTimeoutMs: number;
  /** How likely the process that moved last moves again: 1 in so many steps goes to any. @default 3 */
  readonly switchEvery?: number | undefined;
}

interface LockOwner {
  readonly pid: number;
  readonly simulated: SimulatedProcess;
  readonly fs: FileSystem;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Processes that want one lock, moved one file operation at a time. */
export class LockWorld {
  readonly disk: PowerLossDisk = new PowerLossDisk();
  readonly scheduler: Scheduler;
  readonly #options: LockWorldOptions;
  readonly #alive: Set<number> = new Set();
  /** Who shows a sign at a path. */
  readonly #signs: Map<string, number> = new Map();
  #pids = 0;
  #nonces = 0;

  constructor(options: LockWorldOptions) {
    this.#options = options;
    const { chooser, switchEvery } = options;
    this.scheduler = createScheduler({ chooser, settle, switchEvery });
  }

  spawn(): LockProcess {
    const { chooser, links = true, blow } = this.#options;
    this.#pids += 1;
    const pid = this.#pids;
    this.#alive.add(pid);
    const simulated = this.scheduler.spawn(`process ${pid}`);
    let steps = 0;
    const kill = (): void => {
      this.#alive.delete(pid);
      simulated.kill();
      attached.kill();
    };
    const step = async (operation: string, path: string): Promise<void> => {
      steps += 1;
      if (pid === 1 && blow?.step === steps) {
        if (blow.kind === "kill") kill();
        else simulated.stall(STOPPED_FOR_MS);
      }
      await simulated.step(`${operation} ${path}`);
    };
    const attached = this.disk.attach({ step, now: () => this.scheduler.nowMs, chooser });
    const lock = this.#createLock({ pid, simulated, fs: links ? attached.fs : withoutLinks(attached.fs) });
    return {
      pid,
      simulated,
      lock,
      get steps() {
        return steps;
      },
      kill,
    };
  }

  #createLock({ pid, simulated, fs }: LockOwner): WriterLock {
    const { seen = true } = this.#options;
    return new WriterLock({
      abandoned: new Set(),
      fs,
      files: FILES,
      clock: simulated.clock,
      entropy: { nonce: () => this.#nonce() },
      processes: {
        self: () => ({ host: "here", bootId: "1", pid, startedAt: null }),
        isAlive: ({ pid: other }) => (other === null || !seen ? undefined : this.#alive.has(other)),
        endIsSeen: seen,
        lifeSigns: {
          show: async (path) => {
            await (await fs.open(path, "create")).close();
            this.#signs.set(path, pid);
            return { end: () => unlinkIfThere(fs, path) };
          },
          isGone: async (path) => {
            if ((await fs.lstat(path)) === undefined) return false;
            return !this.#alive.has(this.#signs.get(path) ?? 0);
          },
        },
      },
      busyTimeoutMs: this.#options.busyTimeoutMs,
      silentForMs: SILENT_FOR_MS,
    });
  }

  /** Lets things happen until `ended` says so. @throws when nothing can happen any more */
  async runUntil(ended: () => boolean): Promise<void> {
    while (!ended()) {
      if (!(await this.scheduler.advance()) && !ended()) throw new Error("Cannot go on: everybody waits for ever");
    }
  }

  #nonce(): string {
    this.#nonces += 1;
    const mixed = Math.imul(this.#nonces, 0x9e3779b1) >>> 0;
    return mixed.toString(16).padStart(8, "0") + this.#nonces.toString(16).padStart(24, "0");
  }
}

function withoutLinks(fs: FileSystem): FileSystem {
  return new Proxy(fs, {
    get: (target, name) => {
      if (name === "capabilities") return { ...target.capabilities, hardlink: false };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

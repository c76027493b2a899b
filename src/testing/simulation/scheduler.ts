import type { Clock } from "../../ports/clock.ts";
import type { Chooser } from "./chooser.ts";

/** Options of {@link createScheduler}. */
export interface SchedulerOptions {
  readonly chooser: Chooser;
  /** Resolves when every promise that can settle by itself has; in Node `new Promise((r) => setImmediate(r))`. */
  readonly settle: () => Promise<void>;
  /** How likely the task that moved last moves again: 1 in `switchEvery` steps goes to any. @default 3 */
  readonly switchEvery?: number | undefined;
}

/** One process of a simulation. Whatever it does to the outside world waits for its turn first. */
export interface SimulatedProcess {
  readonly name: string;
  /** Resolves when it is this process's turn; never, when it was killed. */
  step(label: string): Promise<void>;
  /** Virtual time: a step takes a tenth of a millisecond, and when everybody sleeps it jumps. */
  readonly clock: Clock;
  readonly alive: boolean;
  /** It gets no turn for so long, whatever it waits for, as if it had been stopped. */
  stall(durationMs: number): void;
  /** From now on nothing it does happens any more. */
  kill(): void;
}

/** Decides in which order the steps of simulated processes happen. */
export interface Scheduler {
  spawn(name: string): SimulatedProcess;
  /** Lets one step happen, of `only` if that is given; `false` when nobody who may waits for a turn. */
  advance(only?: SimulatedProcess): Promise<boolean>;
  /** What a process waits to do, sleeping aside. */
  waiting(process: SimulatedProcess): readonly string[];
  /** What happened so far, as "process: step". */
  readonly log: readonly string[];
  readonly nowMs: number;
}

interface Waiting {
  readonly owner: { readonly name: string; alive: boolean; stalledUntilMs: number };
  readonly label: string;
  readonly readyMs: number;
  readonly go: () => void;
}

/** When it can be the turn of what waits. */
function turnOf({ readyMs, owner: { stalledUntilMs } }: Waiting): number {
  return Math.max(readyMs, stalledUntilMs);
}

const STEP_MS = 0.1;
const SLEEP = "sleep";
/** Nobody waits for ever while another goes on. */
const MAX_STAY = 300;

/** A scheduler in which nothing has happened yet. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  return new DeterministicScheduler(options);
}

class DeterministicScheduler implements Scheduler {
  readonly #options: SchedulerOptions;
  readonly log: string[] = [];
  nowMs = 1_700_000_000_000;
  #waiting: Waiting[] = [];
  #last: string | undefined;
  #stayed = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  spawn(name: string): SimulatedProcess {
    const state = { name, alive: true, stalledUntilMs: 0 };
    const wait = (label: string, delayMs: number, signal?: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        if (!state.alive) return;
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const waiting = { owner: state, label, readyMs: this.nowMs + delayMs, go: resolve };
        this.#waiting.push(waiting);
        const abort = (): void => {
          const index = this.#waiting.indexOf(waiting);
          if (index < 0) return;
          this.#waiting.splice(index, 1);
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", abort, { once: true });
      });
    return {
      name,
      step: (label) => wait(label, 0),
      clock: {
        now: () => this.nowMs,
        monotonicMs: () => this.nowMs,
        sleep: (durationMs, signal) => wait(SLEEP, durationMs, signal),
      },
      get alive() {
        return state.alive;
      },
      stall: (durationMs) => {
        state.stalledUntilMs = this.nowMs + durationMs;
      },
      kill: () => {
        state.alive = false;
        this.#waiting = this.#waiting.filter(({ owner }) => owner !== state);
      },
    };
  }

  waiting({ name }: SimulatedProcess): readonly string[] {
    return this.#waiting.filter(({ owner, label }) => owner.name === name && label !== SLEEP).map(({ label }) => label);
  }

  async advance(only?: SimulatedProcess): Promise<boolean> {
    if (this.#waiting.length === 0) await this.#options.settle();
    const waiting = only ? this.#waiting.filter(({ owner }) => owner.name === only.name) : this.#waiting;
    if (waiting.length === 0) return false;
    this.nowMs += STEP_MS;
    const earliest = Math.min(...waiting.map(turnOf));
    if (earliest > this.nowMs) this.nowMs = earliest;
    const next = this.#pick(waiting.filter((each) => turnOf(each) <= this.nowMs));
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    this.#last = next.owner.name;
    this.log.push(`${next.owner.name}: ${next.label}`);
    next.go();
    await this.#options.settle();
    return true;
  }

  #pick(ready: readonly Waiting[]): Waiting {
    const { chooser, switchEvery = 3 } = this.#options;
    const same = ready.filter(({ owner }) => owner.name === this.#last);
    const others = ready.filter(({ owner }) => owner.name !== this.#last);
    let candidates = ready;
    if (same.length > 0 && others.length > 0) {
      if (this.#stayed >= MAX_STAY) candidates = others;
      else if (chooser.choose(switchEvery) !== switchEvery - 1) candidates = same;
    }
    this.#stayed = candidates === same ? this.#stayed + 1 : 0;
    return candidates[chooser.choose(candidates.length)] as Waiting;
  }
}

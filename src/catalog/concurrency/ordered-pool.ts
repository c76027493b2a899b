/** The place of one piece of work in the row. */
export interface Turn {
  /** Lets the next work begin; resolves when all that began earlier have passed. */
  begin(): Promise<void>;
  /** Lets those that began later go on. */
  pass(): void;
}

/** Work that is done beside other work, and gives what is to be done in its turn at the end. */
export type PooledWork = (turn: Turn) => Promise<() => void>;

/** How much goes on at once. */
export interface PoolLimits {
  /** How many pieces of work are busy. */
  readonly jobs: number;
  /** How many have begun and are not reported yet: busy, or waiting for their turn. */
  readonly window: number;
}

/**
 * Work that overlaps, with one point in each piece that all pass in the order in which they began, and an end that
 * comes in this order, too. After a failure nothing new begins.
 */
export class OrderedPool {
  readonly #limits: PoolLimits;
  readonly #open: Set<Promise<void>> = new Set();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #lastTurn: Promise<void> = Promise.resolve();
  #lastEnd: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  /** Resolves when the work has begun. @throws what earlier work threw */
  async start(work: PooledWork): Promise<void> {
    while (this.#open.size >= this.#limits.window) await Promise.race(this.#open);
    while (this.#busy >= this.#limits.jobs) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#throwFailure();
    this.#busy++;
    const end = this.#run(work);
    this.#open.add(end);
    void end.then(() => this.#open.delete(end));
  }

  /** Resolves when all work has ended. @throws what any work threw */
  async drain(): Promise<void> {
    await this.settle();
    this.#throwFailure();
  }

  /** Resolves when all work has ended, however it did. */
  async settle(): Promise<void> {
    await Promise.all(this.#open);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #run(work: PooledWork): Promise<void> {
    const [turnBefore, endBefore] = [this.#lastTurn, this.#lastEnd];
    let pass = (): void => {};
    this.#lastTurn = new Promise((resolve) => {
      pass = resolve;
    });
    let end = (): void => {};
    this.#lastEnd = new Promise((resolve) => {
      end = resolve;
    });
    const free = this.#freeOnce();
    const begin = (): Promise<void> => {
      free();
      return turnBefore;
    };
    try {
      const report = await work({ begin, pass });
      free();
      // Who never asked for a turn must not let others pass before those ahead.
      void turnBefore.then(pass);
      await endBefore;
      report();
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      free();
      void turnBefore.then(pass);
      end();
    }
  }

  #freeOnce(): () => void {
    let freed = false;
    return () => {
      if (freed) return;
      freed = true;
      this.#busy--;
      this.#waiting.shift()?.();
    };
  }
}

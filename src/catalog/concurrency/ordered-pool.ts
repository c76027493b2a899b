/** The part of one piece of work that no other is in at the same time; works enter it in the order of their start. */
export interface OrderedSection {
  /** Lets the next work begin; resolves when all that began earlier have left theirs. */
  enter(): Promise<void>;
  /** Lets those that began later enter theirs. */
  leave(): void;
}

/** Work that is done beside other work, and gives what is to be done at the end, in the order of the start. */
export type PooledWork = (section: OrderedSection) => Promise<() => void>;

/** How much goes on at once. */
export interface PoolLimits {
  /** How many pieces of work are busy. */
  readonly jobs: number;
  /** How many have begun and are not reported yet: busy, or waiting for earlier ones. */
  readonly window: number;
}

/**
 * Work that overlaps, with one section in each piece that they go through in the order in which they began, and an end
 * that comes in this order, too. After a failure nothing new begins.
 */
export class OrderedPool {
  readonly #limits: PoolLimits;
  readonly #open: Set<Promise<void>> = new Set();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #lastSection: Promise<void> = Promise.resolve();
  #lastEnd: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  /** Nothing runs before the first {@link start}. */
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
    await this.whenIdle();
    this.#throwFailure();
  }

  /** Resolves when all work has ended, however it did. */
  async whenIdle(): Promise<void> {
    await Promise.all(this.#open);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #run(work: PooledWork): Promise<void> {
    const [sectionBefore, endBefore] = [this.#lastSection, this.#lastEnd];
    let leave = (): void => {};
    this.#lastSection = new Promise((resolve) => {
      leave = resolve;
    });
    let end = (): void => {};
    this.#lastEnd = new Promise((resolve) => {
      end = resolve;
    });
    const free = this.#freeOnce();
    const enter = (): Promise<void> => {
      free();
      return sectionBefore;
    };
    try {
      const report = await work({ enter, leave });
      free();
      // Work that never entered its section must not let others enter before those ahead.
      void sectionBefore.then(leave);
      await endBefore;
      report();
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      free();
      void sectionBefore.then(leave);
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

import { type CatalogError, isCatalogError } from "../../../../errors.ts";
import type { Clock } from "../../../../ports/clock.ts";
import { LockWaiters } from "./lock-waiters.ts";
import { SerialQueue } from "./serial-queue.ts";
import type { Lock } from "./writer-lock.ts";

/** What a {@link LockQueue} works with. */
export interface LockQueueOptions {
  /** The lock that all of it needs. */
  readonly lock: Lock;
  /** Gives the times for waiting and for keeping an idle lock. */
  readonly clock: Clock;
  /** Hears of what failed and nobody waits for. */
  readonly warn: (message: string, error: unknown) => void;
  /** What to do when the lock cannot be taken because of `error`. */
  readonly onFailure: (error: unknown) => Promise<"give up" | "try again" | "go on without">;
  /** Tells how long it took to take the lock. @default nobody is told */
  readonly measure?: ((wait: () => Promise<void>) => Promise<void>) | undefined;
}

/** How long the lock is kept for the next who needs it. */
const IDLE_MS = 20;
/** How long others get to take a lock that they asked for. */
const COURTESY_MS = 10;

/** Why nobody waits for an idle lock. Without a reason each abort makes an error, with its stack, for nobody. */
const CLOSING = "the lock is given up";

/** Runs what needs the lock, one after the other, and keeps the lock in between as long as that is polite. */
export class LockQueue {
  readonly #options: LockQueueOptions;
  readonly #queue: SerialQueue = new SerialQueue();
  readonly #waiters: LockWaiters;
  /** Answers that wait until the lock is released. */
  readonly #answers: (() => void)[] = [];
  /** When the idle lock is given up, by the clock that never goes back; `undefined` while it is needed. */
  #idleUntil: number | undefined;
  /** Ends the wait for that moment; one wait serves many uses of the lock. */
  #watch: AbortController | undefined;
  #closing = false;

  /** Takes no lock before the first call. */
  constructor(options: LockQueueOptions) {
    this.#options = options;
    this.#waiters = new LockWaiters(options.clock);
  }

  /** Whether this process has the lock now, busy or idle. */
  get held(): boolean {
    return this.#options.lock.held;
  }

  /** Somebody waits, at most so long, for what `run` will do; gives what ends that. */
  waitFor(timeoutMs: number, giveUp: (busy: CatalogError<"BUSY">) => void): () => void {
    return this.#waiters.add(timeoutMs, giveUp);
  }

  /** Runs `work` with the lock. @throws {CatalogError} BUSY after so long a wait for somebody else */
  runWithin<Result>(timeoutMs: number, work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      let gone = false;
      const stop = this.waitFor(timeoutMs, (busy) => {
        gone = true;
        reject(busy);
      });
      this.run(async () => {
        stop();
        if (gone) return;
        const result = await work();
        this.answer(() => resolve(result));
      }).catch((error: unknown) => {
        stop();
        reject(error);
      });
    });
  }

  /** Runs `work` with the lock, unless all give up who wait for it. @throws {CatalogError} BUSY then */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#idleUntil = undefined;
    return this.#queue.run(async () => {
      const { lock, measure } = this.#options;
      if (lock.held || measure === undefined) await this.#acquire();
      else await measure(() => this.#acquire());
      try {
        return await work();
      } finally {
        await this.#yieldOrIdle().catch((error: unknown) => this.#options.warn("could not release the lock", error));
        this.#giveAnswers();
      }
    });
  }

  /**
   * Tells somebody what came of work with the lock: at once, or after the release of a lock whose holder nobody sees
   * end. Who has an answer may end without a word.
   */
  answer(tell: () => void): void {
    if (this.#options.lock.endIsSeen) tell();
    else this.#answers.push(tell);
  }

  #giveAnswers(): void {
    for (const tell of this.#answers.splice(0)) tell();
  }

  /** Gives the lock up in the middle of what runs, for the room that its file takes. */
  async releaseNow(): Promise<void> {
    await this.#options.lock.release();
  }

  /** Removes what dead processes left of their locks. */
  async sweep(): Promise<void> {
    try {
      await this.#options.lock.sweep();
    } catch (error) {
      this.#options.warn("could not clear away old locks", error);
    }
  }

  /** Gives the lock up as soon as nothing runs. */
  release(): Promise<void> {
    return this.#queue.run(() => this.#options.lock.release());
  }

  /** Runs `work`, which may take the lock if that is to be had within `timeoutMs`, and gives the lock up. */
  close(work: (acquire: () => Promise<void>) => Promise<void>, timeoutMs: number): Promise<void> {
    this.#closing = true;
    this.#idleUntil = undefined;
    this.#watch?.abort(CLOSING);
    this.#watch = undefined;
    const { lock } = this.#options;
    return this.#queue.run(async () => {
      try {
        await work(() => lock.acquire({ timeoutMs }));
      } finally {
        this.#closing = false;
        await lock.release();
      }
    });
  }

  async #acquire(): Promise<void> {
    const { lock, onFailure } = this.#options;
    for (;;) {
      try {
        await lock.acquire({ patience: (busy) => this.#waiters.look(busy) });
        break;
      } catch (error) {
        // Who came while the last one gave up has only begun to wait.
        if (isCatalogError(error, "BUSY") && this.#waiters.size > 0) continue;
        const answer = await onFailure(error);
        if (answer === "give up") throw error;
        if (answer === "go on without") break;
      }
    }
    this.#waiters.rest();
  }

  async #yieldOrIdle(): Promise<void> {
    const { lock, clock } = this.#options;
    const wanted = await lock.wanted();
    if (wanted || !lock.endIsSeen) {
      await lock.release();
      this.#giveAnswers();
      if (wanted && !this.#closing) await clock.sleep(COURTESY_MS);
      return;
    }
    if (this.#closing) return;
    this.#idleUntil = clock.monotonicMs() + IDLE_MS;
    if (this.#watch === undefined) void this.#releaseWhenIdle();
  }

  async #releaseWhenIdle(): Promise<void> {
    const { lock, clock, warn } = this.#options;
    const watch = new AbortController();
    this.#watch = watch;
    try {
      for (let until = this.#idleUntil; until !== undefined; until = this.#idleUntil) {
        await clock.sleep(Math.max(0, until - clock.monotonicMs()), watch.signal);
        // Somebody needed it, or needs it now.
        if (this.#idleUntil !== until) continue;
        await this.#queue.run(async () => {
          if (this.#idleUntil !== until || watch.signal.aborted) return;
          this.#idleUntil = undefined;
          await lock.release();
        });
      }
    } catch (error) {
      if (!watch.signal.aborted) warn("could not release the lock", error);
    } finally {
      if (this.#watch === watch) this.#watch = undefined;
    }
  }
}

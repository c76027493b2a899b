/** Longer than that no call on names takes that the kernel answers from memory, in milliseconds. */
const PROMPT_MS = 2;

/** So many calls go to the thread pool after one that was not prompt. */
const CALLS_AWAY = 64;

/** Options of {@link PromptCalls}. */
export interface PromptCallsOptions {
  /** How long a call may take, in milliseconds, before others no longer wait for their turn. @default 2 */
  readonly promptMs?: number | undefined;
}

/**
 * Makes short calls at once instead of in the thread pool, whose way there and back takes many times as long as a look
 * at a name that the kernel remembers. Where such calls are slow (a network, a disk that was asleep) one is waited for,
 * and those after it go to the pool, so that the program goes on meanwhile.
 */
export class PromptCalls {
  readonly #promptMs: number;
  #away = 0;

  /** Calls at once until one takes longer than `promptMs`. */
  constructor({ promptMs = PROMPT_MS }: PromptCallsOptions = {}) {
    this.#promptMs = promptMs;
  }

  /** Calls one of two that do the same. Errors are theirs. */
  async do<Result>(atOnce: () => Result, inPool: () => Promise<Result>): Promise<Result> {
    if (this.#away > 0) {
      this.#away--;
      return inPool();
    }
    const startedMs = performance.now();
    try {
      return atOnce();
    } finally {
      if (performance.now() - startedMs > this.#promptMs) this.#away = CALLS_AWAY;
    }
  }
}

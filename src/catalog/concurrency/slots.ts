import type { CallOptions } from "../call-options.ts";
import { onAbort } from "./on-abort.ts";

/** One of the places of those who may have files open and bytes in memory. */
export interface Slot {
  /** Gives it to the next who waits. A second time it does nothing. */
  release(): void;
}

/** Where slots come from. */
export interface SlotSource {
  /** Resolves when there is a slot, in the order of the calls. @throws the reason of the signal, also while it waits */
  take(options?: CallOptions): Promise<Slot>;
}

/**
 * So many files come in at once. Each takes at most two open files and some three MiB, so that it goes well with a limit
 * of 256 open files; more would not be faster, as a device and four threads of the runtime do the work.
 */
const MAX_SLOTS = 64;

/** A bound for all calls of a catalog that need files and memory, however many are made: the others wait. */
export class Slots implements SlotSource {
  #free: number;
  readonly #waiting: Set<() => void> = new Set();

  /** How many there are. @default 64 */
  constructor(count: number = MAX_SLOTS) {
    this.#free = count;
  }

  async take({ signal }: CallOptions = {}): Promise<Slot> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    return this.#createSlot();
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let forget = (): void => {};
      const proceed = (): void => {
        forget();
        resolve();
      };
      this.#waiting.add(proceed);
      if (signal === undefined) return;
      forget = onAbort(signal, () => {
        this.#waiting.delete(proceed);
        reject(signal.reason);
      });
    });
  }

  #createSlot(): Slot {
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        const [next] = this.#waiting;
        if (next === undefined) this.#free++;
        else {
          this.#waiting.delete(next);
          next();
        }
      },
    };
  }
}

/** Does `work` with a slot, and gives that back however it ends. Whoever has one asks for no second one. */
export async function withSlot<Result>(
  slots: SlotSource | undefined,
  work: () => Promise<Result>,
  options: CallOptions = {},
): Promise<Result> {
  const slot = await slots?.take(options);
  try {
    return await work();
  } finally {
    slot?.release();
  }
}

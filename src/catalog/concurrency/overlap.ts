/** Options of {@link Overlap}. */
export interface OverlapOptions<Item, Result> {
  /** How many items are worked on at once. */
  readonly window: number;
  /** The signal is aborted when nobody wants the result any more. */
  readonly work: (item: Item, signal: AbortSignal) => Promise<Result>;
}

/** Works on items as they come, several at once; the results are given as they are there, in no order. */
export class Overlap<Item, Result> {
  readonly #items: AsyncIterator<Item>;
  readonly #options: OverlapOptions<Item, Result>;
  readonly #ending = new AbortController();
  readonly #done: Result[] = [];
  #failure: { readonly error: unknown } | undefined;
  #active = 0;
  #isAtEnd = false;
  #wake: () => void = () => undefined;

  /** Nothing is worked on before the first {@link next}. */
  constructor(items: AsyncIterable<Item>, options: OverlapOptions<Item, Result>) {
    this.#items = items[Symbol.asyncIterator]();
    this.#options = options;
  }

  /** The next result; `undefined` when there are no more. @throws what work, or the items, threw first */
  async next(): Promise<Result | undefined> {
    for (;;) {
      if (this.#done.length > 0) return this.#done.shift();
      if (this.#failure !== undefined) throw this.#failure.error;
      if (!this.#isAtEnd && this.#active < this.#options.window) await this.#begin();
      else if (this.#active === 0) return undefined;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Ends it, waits for what is under way, and gives the results that nobody has taken. It never throws. */
  async end(): Promise<readonly Result[]> {
    this.#isAtEnd = true;
    this.#ending.abort();
    while (this.#active > 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    await Promise.allSettled([this.#items.return?.()]);
    return this.#done.splice(0);
  }

  async #begin(): Promise<void> {
    try {
      const { done, value } = await this.#items.next();
      if (done === true) this.#isAtEnd = true;
      else void this.#work(value);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  async #work(item: Item): Promise<void> {
    this.#active += 1;
    try {
      this.#done.push(await this.#options.work(item, this.#ending.signal));
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      this.#active -= 1;
      this.#wake();
    }
  }
}

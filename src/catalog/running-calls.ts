import { Closing } from "./closing-source.ts";
import { closedError } from "./disabled.ts";

/** What a capability's methods give. */
export type Method = (...values: never[]) => Promise<unknown> | AsyncIterable<unknown>;

/** The calls of one opening of a catalog: those made before it closes come to their end, later ones are refused. */
export class RunningCalls {
  readonly #running: Set<Promise<unknown>> = new Set();
  #closed: Promise<void> | undefined;
  /** Tells those who wait for a source when the catalog begins to close. */
  readonly closing: Closing = new Closing();

  /** The same methods, each of whose calls is one of these; `iterators` are those that give an async iterable. */
  guard<Methods extends { [Name in keyof Methods]: Method }>(
    methods: Methods,
    iterators: readonly (keyof Methods)[] = [],
  ): Methods {
    const guarded = { ...methods };
    for (const name of Object.keys(methods) as (keyof Methods & string)[]) {
      const method: (...values: never[]) => unknown = methods[name];
      const call = iterators.includes(name)
        ? (...values: never[]) => this.#iterate(() => method(...values) as AsyncIterable<unknown>)
        : (...values: never[]) => this.run(async () => method(...values));
      Object.assign(guarded, { [name]: call });
    }
    return guarded;
  }

  /** Makes a call. @throws {CatalogError} CLOSED, without a beginning, when the catalog closes or is closed */
  async run<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.closing.begun) throw closedError();
    const running = call();
    const end = (): void => {
      this.#running.delete(running);
    };
    this.#running.add(running);
    running.then(end, end);
    return running;
  }

  /** Refuses further calls and, when the last one that runs has ended, releases everything. Closing twice is safe. */
  close(release: () => Promise<void>): Promise<void> {
    this.closing.begin();
    this.#closed ??= this.#ended().then(release);
    return this.#closed;
  }

  async #ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /**
   * An iterable holds the catalog open only while its next item is on its way: whoever closes within the loop would
   * wait for itself.
   */
  async *#iterate<Item>(open: () => AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
    const items = open()[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.run(() => items.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      await items.return?.();
    }
  }
}

/** Runs tasks one after the other, in the order in which they were added; a failed one stops no other. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();

  /** Adds a task; settles as it does. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(task);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when every task added so far has ended. */
  async settled(): Promise<void> {
    await this.#tail;
  }
}

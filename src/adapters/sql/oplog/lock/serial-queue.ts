/** Runs tasks one after the other, in the order in which they were added; a failed one stops no other. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #length = 0;

  /** Whether nothing runs and nothing waits. */
  get idle(): boolean {
    return this.#length === 0;
  }

  /** Adds a task; gives its result, or its error. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    this.#length += 1;
    const result = this.#tail.then(task).finally(() => {
      this.#length -= 1;
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }
}

/** A latch: others wait while it is held. */
export class Latch {
  #running: Promise<void> | undefined;

  /** Resolves when it is free; `undefined` when it is. */
  get held(): Promise<void> | undefined {
    return this.#running;
  }

  /** Runs `work` while it is held. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    let end = (): void => undefined;
    this.#running = new Promise((resolve) => {
      end = resolve;
    });
    try {
      return await work();
    } finally {
      this.#running = undefined;
      end();
    }
  }
}

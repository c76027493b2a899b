/** Keeps others waiting while something runs. */
export class Gate {
  #running: Promise<void> | undefined;

  /** Resolves when what runs has ended; `undefined` when nothing does. */
  get closed(): Promise<void> | undefined {
    return this.#running;
  }

  /** Runs `work` behind the closed gate. */
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

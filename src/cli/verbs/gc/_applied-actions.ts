import type { PlanAction } from "../../../core/plan/plan-action.ts";

/** What was done while something runs, to be printed as soon as it can be. */
export class AppliedActions {
  #actions: PlanAction[] = [];
  #wake: () => void = () => undefined;

  /** Adds one; it waits for nobody. */
  add(action: PlanAction): void {
    this.#actions.push(action);
    this.#wake();
  }

  /** What comes, some at a time, until something has ended. What that throws is thrown when all were given. */
  async *until(running: Promise<unknown>): AsyncGenerator<readonly PlanAction[], void, undefined> {
    let hasEnded = false;
    const end = (): void => {
      hasEnded = true;
      this.#wake();
    };
    running.then(end, end);
    while (!hasEnded || this.#actions.length > 0) {
      const actions = this.#actions.splice(0);
      if (actions.length > 0) yield actions;
      if (hasEnded || this.#actions.length > 0) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    await running;
  }
}

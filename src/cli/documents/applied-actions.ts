import type { PlanAction } from "../../core/plan/plan-action.ts";

/** So many lines are printed at a time: together, as their columns are as wide as the widest of them needs. */
export const LINES_AT_ONCE = 100;

/** What was done while something runs, to be printed as soon as it can be. */
export class AppliedActions {
  #actions: PlanAction[] = [];
  #wake: () => void = () => undefined;

  /** Adds one; it waits for nobody. */
  add(action: PlanAction): void {
    this.#actions.push(action);
    if (this.#actions.length >= LINES_AT_ONCE) this.#wake();
  }

  /** What comes, {@link LINES_AT_ONCE} or more at a time, until something has ended. What that throws is thrown when all were given. */
  async *until(running: Promise<unknown>): AsyncGenerator<readonly PlanAction[], void, undefined> {
    let hasEnded = false;
    const end = (): void => {
      hasEnded = true;
      this.#wake();
    };
    running.then(end, end);
    while (!hasEnded || this.#actions.length > 0) {
      if (hasEnded || this.#actions.length >= LINES_AT_ONCE) {
        const actions = this.#actions.splice(0);
        if (actions.length > 0) yield actions;
        continue;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    await running;
  }
}

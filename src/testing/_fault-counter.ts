import { quote } from "../core/messages/quote.ts";
import type { FaultPlan, FileCall } from "./fault-plan.ts";

type FaultEffect = NonNullable<FaultPlan["effect"]>;

/** Counts calls and tells which of them go wrong. */
export class FaultCounter {
  readonly trace: FileCall[] = [];
  calls = 0;
  faults = 0;
  readonly #plan: FaultPlan;

  constructor(plan: FaultPlan) {
    this.#plan = plan;
  }

  /** Counts a call; gives what goes wrong with it, if anything. */
  strike(call: FileCall): FaultEffect | undefined {
    const { operations, failAt = Number.POSITIVE_INFINITY, repeat = "once", effect = "before" } = this.#plan;
    this.trace.push(call);
    if (operations !== undefined && !operations.includes(call.operation)) return undefined;
    this.calls += 1;
    if (repeat === "once" ? this.calls !== failAt : this.calls < failAt) return undefined;
    this.faults += 1;
    return effect;
  }

  /** Runs a call that is either made or not. */
  async run<Result>(call: FileCall, work: () => Promise<Result>): Promise<Result> {
    const effect = this.strike(call);
    if (effect === "before" || effect === "torn") throw this.error(call);
    const result = await work();
    if (effect === "after") throw this.error(call);
    return result;
  }

  error({ operation, path }: FileCall): Error {
    const { code = "EIO" } = this.#plan;
    return Object.assign(new Error(`${code}: planned fault, ${operation} ${quote(path)}`), { code });
  }
}

import { quote } from "../core/messages/quote.ts";
import type { FaultPlan, FileCall } from "./fault-plan.ts";

/** What goes wrong with a call, as {@link FaultPlan} names it. */
export type FaultEffect = NonNullable<FaultPlan["effect"]>;

/** Counts calls and tells which of them go wrong. */
export class FaultCounter {
  /** Every call so far, counted or not, in order. */
  readonly trace: FileCall[] = [];
  /** How many of them the plan counts. */
  calls = 0;
  /** How many of them went wrong. */
  faults = 0;
  readonly #plan: FaultPlan;

  /** Starts at zero calls of this plan. */
  constructor(plan: FaultPlan) {
    this.#plan = plan;
  }

  /** Counts a call at once; gives what goes wrong with it, if anything. */
  async strike(call: FileCall): Promise<FaultEffect | undefined> {
    const effect = this.#count(call);
    if (effect === "change") await this.#plan.change?.(call);
    return effect;
  }

  #count(call: FileCall): FaultEffect | undefined {
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
    const effect = await this.strike(call);
    if (effect === "before" || effect === "torn") throw this.error(call);
    const result = await work();
    if (effect === "after") throw this.error(call);
    return result;
  }

  /** The error of a planned fault, with the code of the plan. */
  error({ operation, path }: FileCall): Error {
    const { code = "EIO" } = this.#plan;
    return Object.assign(new Error(`${code}: planned fault, ${operation} ${quote(path)}`), { code });
  }
}

import type { PlanAction } from "../../core/plan/plan-action.ts";
import type { ApplyOptions, ApplySummary } from "../collect/collect-options.ts";
import { describeFinding, type Plan } from "../plan/plan.ts";
import { planError } from "../plan/plan-error.ts";
import { refuseStranger } from "../plan/read-plan.ts";
import { RowDropper, type RowToDrop } from "./drop-rows.ts";
import { endExpired } from "./plan-retention.ts";
import type { RetentionContext } from "./retention-context.ts";

/** So many rows go in one batch. */
const LOT = 200;

/**
 * Drops the rows that a plan of `planRetention` drops: each as long as it is what it was, nothing holds it, and enough
 * copies remain; what no longer holds is a finding. Their bytes stay. Whatever ends it, what was said to be dropped is,
 * and the next run goes on.
 * @throws {CatalogError} REFUSED for a plan of another catalog or root; nothing was dropped then
 */
export async function applyRetention(
  context: RetentionContext,
  plan: Plan,
  options: ApplyOptions,
): Promise<ApplySummary> {
  await refuseStranger(context, plan.head);
  await endExpired(context);
  return new RetentionRun(context, plan, options).run();
}

class RetentionRun {
  readonly #context: RetentionContext;
  readonly #plan: Plan;
  readonly #options: ApplyOptions;
  readonly #operationId: string;
  readonly #dropper: RowDropper;
  readonly #dropped = { rows: 0, bytes: 0 };
  #findings = 0;
  #done = 0;

  constructor(context: RetentionContext, plan: Plan, options: ApplyOptions) {
    const { retention } = plan.head;
    if (retention === undefined) throw planError("it does not say how many copies are to stay");
    this.#context = context;
    this.#plan = plan;
    this.#options = options;
    this.#operationId = context.entropy.nonce();
    this.#dropper = new RowDropper(context, { ...retention, operationId: this.#operationId });
  }

  async run(): Promise<ApplySummary> {
    const complete = await this.#applyAll();
    return {
      operationId: this.#operationId,
      complete,
      removed: { files: 0, bytes: 0 },
      shared: { files: 0, bytes: 0 },
      dropped: this.#dropped,
      givenBack: 0,
      findings: this.#findings,
      freedBytes: 0,
      mayShareBlocks: false,
    };
  }

  /** Whether all lines were begun before the time was over. */
  async #applyAll(): Promise<boolean> {
    const { clock } = this.#context;
    const { maxTimeMs = Number.POSITIVE_INFINITY, signal } = this.#options;
    const until = clock.monotonicMs() + maxTimeMs;
    let lot: RowToDrop[] = [];
    for await (const action of this.#plan.actions()) {
      const { row } = action;
      if (action.action !== "drop_row" || row === undefined) {
        this.#done += 1;
        continue;
      }
      lot.push({ action, row });
      if (lot.length < LOT) continue;
      signal?.throwIfAborted();
      if (clock.monotonicMs() >= until) return false;
      await this.#drop(lot);
      lot = [];
    }
    signal?.throwIfAborted();
    if (lot.length > 0 && clock.monotonicMs() >= until) return false;
    await this.#drop(lot);
    return true;
  }

  async #drop(lot: readonly RowToDrop[]): Promise<void> {
    const { signal, onApplied, onFinding, onProgress } = this.#options;
    for (const { action, finding, why } of await this.#dropper.drop(lot, { signal })) {
      if (finding === undefined) this.#count(action);
      else this.#findings += 1;
      if (finding === undefined) onApplied?.(action);
      else onFinding?.(describeFinding(action, finding, why));
    }
    this.#done += lot.length;
    onProgress?.({ phase: "collect", done: this.#done, total: this.#plan.size });
  }

  #count({ bytes }: PlanAction): void {
    this.#dropped.rows += 1;
    this.#dropped.bytes += bytes;
  }
}

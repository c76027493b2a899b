import type { BlobKey } from "../../core/naming/blob-key.ts";
import { parentPath } from "../../core/path.ts";
import type { PlanAction } from "../../core/plan/plan-action.ts";
import { DAY_MS } from "../../core/timestamp.ts";
import { endExpiredLeases } from "../leases/end-expired.ts";
import { endExpiredPins } from "../pins/end-expired-pins.ts";
import { describeFinding, type Plan, type PlanFindingKind } from "../plan/plan.ts";
import { refuseStranger } from "../plan/read-plan.ts";
import { RootMembers } from "../root/root-members.ts";
import { countRemoved } from "../telemetry/count-removed.ts";
import { FreedBytes } from "./choose-actions.ts";
import type { CollectContext } from "./collect-context.ts";
import type { ApplyOptions, ApplySummary, CollectPlan } from "./collect-options.ts";
import { refuseClock, refuseHalf, refuseRoot } from "./guards.ts";
import { LiveSets } from "./live/live-sets.ts";
import { OrphanMarks } from "./marks/orphan-marks.ts";
import { requireTaking } from "./plan-collect.ts";
import { BlobRemover } from "./remove/blob-remover.ts";
import { giveBackLeft } from "./remove/give-back-left.ts";
import type { LotResult } from "./remove/lot.ts";
import { isOfOneFile } from "./remove/one-file.ts";
import { LeftoverRemover } from "./remove/remove-leftovers.ts";

/** So many blobs are out of their names at once: what is referenced after all comes back soon. */
const LOT_BLOBS = 500;

/** Reasons of lines about blobs; the others are about what is left. */
const BLOB_REASONS = ["unreferenced", "abandoned", "unknown"] as const;

/**
 * Does what a plan says, each line looked at again; what no longer holds is a finding. Before anything else it gives back
 * what a collector left that is gone. Whatever ends it, what was said to be done is durable, and the next one goes on.
 * @throws {CatalogError} REFUSED when a guard says no; nothing was deleted then
 */
export async function applyPlan(
  context: CollectContext,
  plan: Plan,
  options: ApplyOptions & { readonly trashTtlDays: number },
): Promise<ApplySummary> {
  requireTaking(context);
  await refuseStranger(context, plan.head);
  await refuseRoot(context);
  await refuseClock(context);
  const members = new RootMembers(context, { catalogAt: options.catalogAt });
  try {
    await members.list();
    await endExpiredLeases(context);
    await endExpiredPins(context);
    return await new PlanRun(context, members, options).run(plan);
  } finally {
    await members.close();
    await context.root?.raise();
  }
}

class PlanRun {
  readonly #context: CollectContext;
  readonly #options: ApplyOptions & { readonly trashTtlDays: number };
  readonly #live: LiveSets;
  readonly #operationId: string;
  readonly #leftovers: LeftoverRemover;
  readonly #marks: OrphanMarks;
  readonly #freed = new FreedBytes();
  readonly #run: string;
  readonly #removed = { files: 0, bytes: 0 };
  #givenBack = 0;
  #findings = 0;
  #done = 0;
  #total: number | undefined;

  constructor(
    context: CollectContext,
    members: RootMembers,
    options: ApplyOptions & { readonly trashTtlDays: number },
  ) {
    this.#context = context;
    this.#options = options;
    this.#live = new LiveSets(context, members);
    this.#operationId = context.entropy.nonce();
    this.#marks = new OrphanMarks(context);
    this.#leftovers = new LeftoverRemover(context, {
      marks: this.#marks,
      live: this.#live,
      operationId: this.#operationId,
      freed: this.#freed,
    });
    this.#run = context.store.newRun();
  }

  async run(plan: Plan): Promise<ApplySummary> {
    const { store, clock } = this.#context;
    const { maxTimeMs = Number.POSITIVE_INFINITY, signal } = this.#options;
    const until = clock.monotonicMs() + maxTimeMs;
    this.#total = plan.size;
    await this.#live.refresh({ signal });
    if (this.#options.force !== true) await this.#refuseHalf(plan);
    const { back, displaced } = await giveBackLeft(this.#context, this.#marks, this.#options);
    this.#givenBack = back;
    this.#findings = displaced;
    const complete = await this.#applyAll(plan, () => clock.monotonicMs() >= until);
    return {
      operationId: this.#operationId,
      complete,
      removed: this.#removed,
      shared: NONE,
      dropped: { rows: 0, bytes: 0 },
      givenBack: this.#givenBack,
      findings: this.#findings,
      freedBytes: this.#freed.bytes,
      mayShareBlocks: await store.mayShareBlocks(),
    };
  }

  /** Whether all lines were begun before the time was over: those about blobs in lots, the others one by one. */
  async #applyAll(plan: Plan, isOver: () => boolean): Promise<boolean> {
    const { signal, trashTtlDays } = this.#options;
    const remover = new BlobRemover({
      ...{ context: this.#context, live: this.#live, run: this.#run, operationId: this.#operationId },
      ...{ trashTtlMs: trashTtlDays * DAY_MS, isOver, signal },
    });
    let blobs: PlanAction[] = [];
    const removeBlobs = async (): Promise<boolean> => {
      const { results, complete } = await remover.remove(blobs);
      blobs = [];
      await this.#noteAll(results);
      return complete;
    };
    for await (const action of plan.actions()) {
      signal?.throwIfAborted();
      if (isAboutBlob(action)) {
        blobs.push(action);
        if (blobs.length === LOT_BLOBS && !(await removeBlobs())) return false;
      } else {
        if (!(await removeBlobs()) || isOver()) return false;
        await this.#removeLeft(action);
      }
    }
    return removeBlobs();
  }

  async #refuseHalf(plan: Plan): Promise<void> {
    const taken = { files: 0, bytes: 0 };
    for await (const action of plan.actions()) if (isAboutBlob(action)) add(taken, action.bytes);
    // What a plan says that was read is all that is known beside what is referred to.
    const { orphaned, unknown } = (plan as Partial<CollectPlan>).report ?? { orphaned: taken, unknown: NONE };
    const all = (of: "files" | "bytes", live: number): number => live + orphaned[of] + unknown[of];
    refuseHalf(this.#context.store, {
      files: { all: all("files", this.#live.size), going: taken.files },
      bytes: { all: all("bytes", this.#live.bytes), going: taken.bytes },
    });
  }

  async #removeLeft(action: PlanAction): Promise<void> {
    // What was to be given back was given back first of all.
    if (action.action === "give_back") return;
    const key = this.#context.store.findKey(action.uri);
    if (key === undefined) return this.#tell(action, "gone");
    try {
      const finding = await this.#leftovers.remove({ ...action, key });
      if (finding !== undefined) this.#tell(action, finding);
      else this.#tellDone(action);
    } catch (error) {
      if (!isOfOneFile(error)) throw error;
      this.#tell(action, "failed", error);
    }
  }

  async #noteAll(results: readonly LotResult[]): Promise<void> {
    const left = new Set<string>();
    for (const result of results) {
      this.#note(result);
      const { action, taken } = result;
      // Nothing is to be kept for a while: folders that are empty now neither.
      if (taken !== undefined && action.since !== null && action.since === action.ripeAt)
        left.add(parentPath(taken.key));
    }
    for (const folder of left) await this.#removeFolders(folder);
  }

  #note({ action, taken, finding, error }: LotResult): void {
    if (finding !== undefined) this.#tell(action, finding, error);
    if (finding !== undefined || taken === undefined) return;
    if (action.action !== "trash") this.#freed.add(taken.stat);
    countRemoved(this.#context, action);
    this.#tellDone(action);
  }

  /** A folder and those above it, as far as they are empty. */
  async #removeFolders(lowest: string): Promise<void> {
    for (let folder = lowest; folder !== "" && folder !== "."; folder = parentPath(folder)) {
      try {
        if (!(await this.#context.store.removeFolder(folder as BlobKey))) return;
      } catch (error) {
        // It is found again as an empty one.
        if (isOfOneFile(error)) return;
        throw error;
      }
    }
  }

  #tellDone(action: PlanAction): void {
    if (action.reason !== "empty_folder") add(this.#removed, action.bytes);
    this.#options.onApplied?.(action);
    this.#tellProgress();
  }

  #tell(action: PlanAction, kind: PlanFindingKind, error?: unknown): void {
    this.#findings += 1;
    this.#options.onFinding?.(describeFinding(action, kind, error));
    this.#tellProgress();
  }

  #tellProgress(): void {
    this.#done += 1;
    this.#options.onProgress?.({ phase: "collect", done: this.#done, total: this.#total });
  }
}

const NONE = { files: 0, bytes: 0 };

function add(count: { files: number; bytes: number }, bytes: number): void {
  count.files += 1;
  count.bytes += bytes;
}

function isAboutBlob({ reason }: PlanAction): boolean {
  return BLOB_REASONS.some((each) => each === reason);
}

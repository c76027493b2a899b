import type { BlobKey } from "../../core/naming/blob-key.ts";
import { parentPath } from "../../core/path.ts";
import type { PlanAction } from "../../core/plan/plan-action.ts";
import { isCatalogError } from "../../errors.ts";
import { endExpiredLeases } from "../leases/end-expired.ts";
import { describeFinding, type Plan, type PlanFindingKind } from "../plan/plan.ts";
import { RootMembers } from "../root/root-members.ts";
import { FreedBytes } from "./choose-actions.ts";
import type { CollectContext } from "./collect-context.ts";
import type { ApplyOptions, ApplySummary, CollectPlan } from "./collect-options.ts";
import { ProtectedFiles } from "./find/protected-files.ts";
import { refuseClock, refuseHalf, refuseRoot } from "./guards.ts";
import { LiveSets } from "./live/live-sets.ts";
import { OrphanMarks } from "./marks/orphan-marks.ts";
import { requireTaking } from "./plan-collect.ts";
import { giveBackLeft } from "./remove/give-back-left.ts";
import { Lot, type LotResult } from "./remove/lot.ts";
import { proveOurs } from "./remove/prove-ours.ts";
import { deletePlaced } from "./remove/removal-statements.ts";
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
  await refuseRoot(context);
  await refuseClock(context);
  const members = new RootMembers(context, { catalogAt: options.catalogAt });
  try {
    await members.list();
    await endExpiredLeases(context);
    return await new PlanRun(context, members, options).run(plan);
  } finally {
    await members.close();
    await context.root?.raise();
  }
}

const DAY_MS = 86_400_000;

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
  #protected: Promise<ProtectedFiles> | undefined;
  #lot: Lot;
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
      operationId: this.#operationId,
      freed: this.#freed,
    });
    this.#run = context.store.newRun();
    this.#lot = this.#newLot();
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
    let complete = true;
    try {
      for await (const action of plan.actions()) {
        signal?.throwIfAborted();
        if (clock.monotonicMs() >= until) {
          complete = false;
          break;
        }
        await this.#apply(action);
        if (this.#lot.size >= LOT_BLOBS) await this.#decide();
      }
      await this.#decide();
    } catch (error) {
      await this.#lot.giveBackAll();
      throw error;
    }
    return {
      operationId: this.#operationId,
      complete,
      removed: this.#removed,
      givenBack: this.#givenBack,
      findings: this.#findings,
      freedBytes: this.#freed.bytes,
      mayShareBlocks: await store.mayShareBlocks(),
    };
  }

  #newLot(): Lot {
    const { trashTtlDays } = this.#options;
    const context = this.#context;
    const trashTtlMs = trashTtlDays * DAY_MS;
    return new Lot({ context, live: this.#live, run: this.#run, operationId: this.#operationId, trashTtlMs });
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

  async #apply(action: PlanAction): Promise<void> {
    // What was to be given back was given back first of all.
    if (action.action === "give_back") return;
    const key = this.#context.store.findKey(action.uri);
    if (key === undefined) return this.#tell(action, "gone");
    try {
      const finding = isAboutBlob(action)
        ? await this.#take({ ...action, key })
        : await this.#leftovers.remove({ ...action, key });
      if (finding !== undefined) this.#tell(action, finding);
      else if (!isAboutBlob(action)) this.#tellDone(action);
    } catch (error) {
      // On a full disk there is room for a few at once only: what was taken goes first.
      const isFull = isCatalogError(error, "NO_SPACE") && this.#lot.size > 0;
      if (isFull) {
        await this.#decide();
        return this.#apply(action);
      }
      if (!isOfOneFile(error)) throw error;
      this.#tell(action, "failed", error);
    }
  }

  /** Takes a blob out of its name, to be decided on with others. */
  async #take(action: PlanAction & { readonly key: BlobKey }): Promise<PlanFindingKind | undefined> {
    if (this.#live.has(action.key)) return "referenced";
    const context = this.#context;
    const proof = await proveOurs(context, action, {
      members: this.#live.members,
      protectedFiles: () => {
        this.#protected ??= ProtectedFiles.open(context);
        return this.#protected;
      },
    });
    if (proof === "not_ours") await this.#forgetPlaced(action);
    if (typeof proof === "string") return proof;
    return (await this.#lot.take(action, { ...proof, key: action.key })) ? undefined : "changed";
  }

  /** The line says nothing about what lies there now; without it the file is one that nobody knows. */
  async #forgetPlaced({ uri, reason }: PlanAction): Promise<void> {
    if (reason !== "unreferenced") return;
    await this.#context.sql.batch([deletePlaced(uri)], { durable: false, makesRoom: true });
    this.#live.passOwnBatch();
  }

  async #decide(): Promise<void> {
    const lot = this.#lot;
    const left = new Set<string>();
    for (const result of await lot.decide(this.#options.signal)) {
      this.#note(result);
      const { action, taken } = result;
      // Nothing is to be kept for a while: folders that are empty now neither.
      if (taken !== undefined && action.since !== null && action.since === action.ripeAt)
        left.add(parentPath(taken.key));
    }
    for (const folder of left) await this.#removeFolders(folder);
    this.#lot = this.#newLot();
  }

  #note({ action, taken, finding, error }: LotResult): void {
    if (finding !== undefined) this.#tell(action, finding, error);
    if (finding !== undefined || taken === undefined) return;
    if (action.action !== "trash") this.#freed.add(taken.stat);
    this.#context.telemetry.count("contentdownload_gc_removed_total", {});
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

/** What says something about one file only; anything else ends the run. */
function isOfOneFile(error: unknown): boolean {
  return (["PERMISSION", "REFUSED", "CONFLICT", "BACKEND", "NOT_FOUND"] as const).some((code) =>
    isCatalogError(error, code),
  );
}

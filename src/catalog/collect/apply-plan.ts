import { quote } from "../../core/messages/quote.ts";
import type { BlobKey } from "../../core/naming/blob-key.ts";
import { parentPath } from "../../core/path.ts";
import type { PlanAction } from "../../core/plan/plan-action.ts";
import { isCatalogError } from "../../errors.ts";
import type { TakenBlob } from "../../ports/blob-store.ts";
import { endExpiredLeases } from "../leases/end-expired.ts";
import type { Plan, PlanFindingKind } from "../plan/plan.ts";
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
    this.#leftovers = new LeftoverRemover(context, this.#marks, this.#operationId);
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
    this.#givenBack = await giveBackLeft(this.#context, this.#marks, (taken, became) => {
      this.#tellGivenBack(taken, became);
    });
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

  #tellGivenBack(taken: TakenBlob, became: "back" | "displaced"): void {
    const { sizeBytes: bytes, modifiedMs, identity } = taken.stat;
    const uri = this.#context.store.uriOf(taken.key);
    const times = { since: null, ripeAt: null };
    const action: PlanAction = { ...times, action: "give_back", uri, bytes, reason: "dead_run", modifiedMs, identity };
    if (became === "back") this.#options.onApplied?.(action);
    else this.#tell(action, "displaced");
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
    if (typeof proof === "string") return proof;
    return (await this.#lot.take(action, { ...proof, key: action.key })) ? undefined : "changed";
  }

  async #decide(): Promise<void> {
    const lot = this.#lot;
    for (const result of await lot.decide(this.#options.signal)) await this.#note(result);
    this.#lot = this.#newLot();
  }

  async #note({ action, taken, finding, error }: LotResult): Promise<void> {
    if (finding !== undefined) return this.#tell(action, finding, error);
    if (taken === undefined) return;
    if (action.action !== "trash") this.#freed.add(taken.stat);
    this.#context.telemetry.count("contentdownload_gc_removed_total", {});
    this.#tellDone(action);
    if (action.since !== null && action.since === action.ripeAt) await this.#removeFoldersAbove(taken.key);
  }

  /** Nothing is to be kept for a while: folders that are empty now neither. */
  async #removeFoldersAbove(key: BlobKey): Promise<void> {
    for (let folder = parentPath(key); folder !== "" && folder !== "."; folder = parentPath(folder)) {
      if (!(await this.#context.store.removeFolder(folder as BlobKey))) return;
    }
  }

  #tellDone(action: PlanAction): void {
    if (action.reason !== "empty_folder") add(this.#removed, action.bytes);
    this.#options.onApplied?.(action);
    this.#tellProgress();
  }

  #tell(action: PlanAction, kind: PlanFindingKind, error?: unknown): void {
    this.#findings += 1;
    const reason = error instanceof Error ? `: ${error.message}` : "";
    const message = `${quote(action.uri)} ${FINDING_TEXTS[kind]}${reason}.`;
    this.#options.onFinding?.({ kind, message, action });
    this.#tellProgress();
  }

  #tellProgress(): void {
    this.#done += 1;
    this.#options.onProgress?.({ phase: "collect", done: this.#done, total: this.#total });
  }
}

const NONE = { files: 0, bytes: 0 };

const FINDING_TEXTS: Readonly<Record<PlanFindingKind, string>> = {
  gone: "is not there any more",
  changed: "is not what it was",
  referenced: "is referred to by now",
  not_ours: "has not the bytes that a catalog put there",
  displaced: "was referred to, and others had its name: it is in the trash",
  failed: "could not be removed",
};

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

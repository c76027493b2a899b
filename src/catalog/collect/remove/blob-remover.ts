import type { PlanAction } from "../../../core/plan/plan-action.ts";
import { isCatalogError } from "../../../errors.ts";
import { runJobs } from "../../concurrency/run-jobs.ts";
import type { PlanFindingKind } from "../../plan/plan.ts";
import { ProtectedFiles } from "../find/protected-files.ts";
import { COLLECT_JOBS, Lot, type LotOptions, type LotResult } from "./lot.ts";
import { isOfOneFile } from "./one-file.ts";
import { proveOurs } from "./prove-ours.ts";
import { deletePlaced } from "./removal-statements.ts";

/** What {@link BlobRemover} goes by. */
export interface BlobRemoverOptions extends LotOptions {
  /** Whether no further blob is to be begun, as there is no time left. */
  readonly isOver: () => boolean;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** What became of the lines of one lot. */
export interface RemovedBlobs {
  /** One for each that was begun, in their order but for those that found no room at first. */
  readonly results: readonly LotResult[];
  /** Whether all of them were begun before the time was over. */
  readonly complete: boolean;
}

/** Lines of a lot that could not be taken yet. */
interface Left {
  /** There was no room; what was taken makes some when it goes. */
  readonly full: { readonly action: PlanAction; readonly error: unknown }[];
  /** They were not begun. */
  late: number;
}

/** Takes blobs out of their names, many at once, and removes those to which nothing refers. */
export class BlobRemover {
  readonly #options: BlobRemoverOptions;
  #protected: Promise<ProtectedFiles> | undefined;

  /** Takes nothing yet. */
  constructor(options: BlobRemoverOptions) {
    this.#options = options;
  }

  /** Does what lines about blobs say, each looked at again. What was taken is given back when anything ends this. */
  async remove(actions: readonly PlanAction[]): Promise<RemovedBlobs> {
    const left: Left = { full: [], late: 0 };
    const results = await this.#removeLot(actions, { jobs: COLLECT_JOBS, left });
    // There is room for a few at once only: now they go one by one.
    for (const { action } of left.full.splice(0)) {
      results.push(...(await this.#removeLot([action], { jobs: 1, left })));
      const [again] = left.full;
      if (again !== undefined) throw again.error;
    }
    return { results, complete: left.late === 0 };
  }

  async #removeLot(
    actions: readonly PlanAction[],
    { jobs, left }: { readonly jobs: number; readonly left: Left },
  ): Promise<LotResult[]> {
    const { signal } = this.#options;
    const lot = new Lot(this.#options);
    try {
      const untaken = await runJobs(actions, { jobs, work: (action) => this.#begin(action, lot, left) });
      const results = [...untaken.filter((result) => result !== undefined), ...(await lot.decide(signal))];
      const order = new Map(actions.map((action, index) => [action, index]));
      const indexOf = ({ action }: LotResult): number => order.get(action) ?? 0;
      return results.sort((one, other) => indexOf(one) - indexOf(other));
    } catch (error) {
      await lot.giveBackAll();
      throw error;
    }
  }

  /** Takes a blob, or gives why not. */
  async #begin(action: PlanAction, ...[lot, left]: readonly [Lot, Left]): Promise<LotResult | undefined> {
    const { isOver, signal } = this.#options;
    signal?.throwIfAborted();
    if (isOver()) {
      left.late += 1;
      return undefined;
    }
    try {
      const finding = await this.#take(action, lot);
      return finding && { action, taken: undefined, finding };
    } catch (error) {
      if (isCatalogError(error, "NO_SPACE")) {
        left.full.push({ action, error });
        return undefined;
      }
      if (!isOfOneFile(error)) throw error;
      return { action, taken: undefined, finding: "failed", error };
    }
  }

  async #take(action: PlanAction, lot: Lot): Promise<PlanFindingKind | undefined> {
    const { context, live } = this.#options;
    const key = context.store.findKey(action.uri);
    if (key === undefined) return "gone";
    if (live.has(key)) return "referenced";
    const proof = await proveOurs(
      context,
      { ...action, key },
      { members: live.members, protectedFiles: () => this.#findProtected() },
    );
    if (proof === "not_ours") await this.#forgetPlaced(action);
    if (typeof proof === "string") return proof;
    if (live.isPinned(key, proof.sha256)) return "referenced";
    return (await lot.take(action, { ...proof, key })) ? undefined : "changed";
  }

  #findProtected(): Promise<ProtectedFiles> {
    this.#protected ??= ProtectedFiles.open(this.#options.context);
    return this.#protected;
  }

  /** The line says nothing about what lies there now; without it the file is one that nobody knows. */
  async #forgetPlaced({ uri, reason }: PlanAction): Promise<void> {
    if (reason !== "unreferenced") return;
    const { context, live } = this.#options;
    await context.sql.batch([deletePlaced(uri)], { durable: false, makesRoom: true });
    live.passOwnBatch();
  }
}

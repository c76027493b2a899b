import type { BlobKey } from "../../../core/naming/blob-key.ts";
import type { PlanAction } from "../../../core/plan/plan-action.ts";
import type { Sha256 } from "../../../core/sha256.ts";
import { formatTimestamp } from "../../../core/timestamp.ts";
import type { TakenBlob } from "../../../ports/blob-store.ts";
import type { SqlStatement } from "../../../ports/sql.ts";
import { runJobs } from "../../concurrency/run-jobs.ts";
import type { PlanFindingKind } from "../../plan/plan.ts";
import { insertTrash } from "../../trash/trash-statements.ts";
import type { CollectContext } from "../collect-context.ts";
import { isCasName } from "../find/claims-of-ours.ts";
import type { LiveSets } from "../live/live-sets.ts";
import { deleteMarks } from "../marks/mark-statements.ts";
import { giveBackOrPutAside } from "./give-back-left.ts";
import type { Proof } from "./prove-ours.ts";
import { deletePlaced, recordCollected } from "./removal-statements.ts";

/**
 * How many blobs are taken or removed at once. They come in the order of a walk, so that most of these are in one folder,
 * and share the sync of where they go.
 */
export const COLLECT_JOBS = 16;

/** What {@link Lot} works with. */
export interface LotOptions {
  /** The catalog, its root and clock. */
  readonly context: CollectContext;
  /** What catalogs refer to. */
  readonly live: LiveSets;
  /** The run that takes. */
  readonly run: string;
  /** The operation. */
  readonly operationId: string;
  /** For how long the trash is kept, in milliseconds. */
  readonly trashTtlMs: number;
}

/** A line whose blob was taken out of its name. */
interface TakenLine {
  readonly action: PlanAction;
  readonly taken: TakenBlob;
  readonly sha256: Sha256 | null;
}

/** What became of a line. */
export interface LotResult {
  /** The line. */
  readonly action: PlanAction;
  /** What was taken, and is gone from its name; `undefined` where it was not done. */
  readonly taken: TakenBlob | undefined;
  /** Why it was not done. */
  readonly finding: PlanFindingKind | undefined;
  /** What failed, where something did. */
  readonly error?: unknown;
}

/**
 * Blobs that are taken out of their names together, before anybody is asked whether something refers to them: who begins
 * to refer to one afterwards finds that it is not there. Then come the markers and every live set, fresh; what is
 * referred to goes back, and the rest is recorded, durable, before it is deleted. A crash leaves what was taken in the
 * trash, from where the next collection gives it back.
 */
export class Lot {
  readonly #options: LotOptions;
  #taken: TakenLine[] = [];

  /** Takes nothing yet. */
  constructor(options: LotOptions) {
    this.#options = options;
  }

  /** How many blobs were taken. */
  get size(): number {
    return this.#taken.length;
  }

  /** Takes a blob, also beside others; whether it was the one that was found. */
  async take(action: PlanAction, { key, found, sha256 }: Proof & { readonly key: BlobKey }): Promise<boolean> {
    const { context, run } = this.#options;
    // The name of layout `cas` can be taken for nothing but the same bytes.
    const taken = await context.store.take(key, { found, run, keepName: !isCasName(key) });
    if (taken !== undefined) this.#taken.push({ action, taken, sha256 });
    return taken !== undefined;
  }

  /** Gives everything back that was taken: the collection ends here. Nothing is thrown; what fails is left in the trash. */
  async giveBackAll(): Promise<void> {
    const { context, operationId } = this.#options;
    for (const { taken } of this.#taken.splice(0)) {
      await Promise.allSettled([giveBackOrPutAside(context, taken, operationId)]);
    }
  }

  /** Decides on everything that was taken. */
  async decide(signal?: AbortSignal): Promise<readonly LotResult[]> {
    if (this.#taken.length === 0) return [];
    const { context, live } = this.#options;
    try {
      await live.refresh({ signal });
      const results: LotResult[] = [];
      const isReferenced = ({ taken: { key }, sha256 }: TakenLine): boolean =>
        live.has(key) || live.isPinned(key, sha256);
      const referenced = this.#taken.filter(isReferenced);
      this.#taken = this.#taken.filter((line) => !isReferenced(line));
      for (const line of referenced) results.push(await this.#giveBack(line));
      if (this.#taken.length > 0) {
        await context.sql.batch(
          this.#taken.flatMap((line) => this.#record(line)),
          { signal, makesRoom: true },
        );
        live.passOwnBatch();
      }
      return [...results, ...(await this.#removeAll())];
    } catch (error) {
      await this.giveBackAll();
      throw error;
    }
  }

  async #giveBack({ action, taken }: TakenLine): Promise<LotResult> {
    const { context, operationId } = this.#options;
    try {
      const became = await giveBackOrPutAside(context, taken, operationId);
      return { action, taken: undefined, finding: became === "displaced" ? became : "referenced" };
    } catch (error) {
      // It is in the trash of this run, and goes back when the run is over.
      return { action, taken: undefined, finding: "failed", error };
    }
  }

  #record({ action, taken, sha256 }: TakenLine): readonly SqlStatement[] {
    const { context, operationId, trashTtlMs } = this.#options;
    const nowMs = context.clock.now();
    const now = formatTimestamp(nowMs);
    const uri = context.store.uriOf(taken.key);
    const about = { uri, sha256, bytes: taken.stat.sizeBytes, plan: operationId };
    const origin = action.reason === "unknown" ? null : "placed";
    const kept = { ...about, run: taken.run, kind: "trash", trashedAt: now } as const;
    return [
      recordCollected({ ...about, now, verb: "gc", reason: action.reason, origin, identity: taken.stat.identity }),
      ...(action.action === "trash" ? [insertTrash({ ...kept, expiresAt: formatTimestamp(nowMs + trashTtlMs) })] : []),
      ...deleteMarks([action.uri]),
      deletePlaced(uri),
    ];
  }

  #removeAll(): Promise<readonly LotResult[]> {
    return runJobs(this.#taken.splice(0), { jobs: COLLECT_JOBS, work: (line) => this.#remove(line) });
  }

  async #remove({ action, taken }: TakenLine): Promise<LotResult> {
    const { store } = this.#options.context;
    try {
      if (action.action === "trash") await store.keepTaken(taken);
      else await store.dropTaken(taken);
      return { action, taken, finding: undefined };
    } catch (error) {
      if (await this.#isDone({ action, taken })) return { action, taken, finding: undefined };
      // It is in the trash of this run, and goes back when the run is over.
      return { action, taken: undefined, finding: "failed", error };
    }
  }

  /** Whether what failed was done all the same. */
  async #isDone({ action, taken }: Pick<TakenLine, "action" | "taken">): Promise<boolean> {
    try {
      const left = await this.#options.context.store.findTaken(taken.run, taken.key);
      return action.action === "trash" ? left?.kept === true : left === undefined;
    } catch {
      // Nobody can tell: the next collection finds out.
      return false;
    }
  }
}

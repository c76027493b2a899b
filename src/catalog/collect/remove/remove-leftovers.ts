import { type BlobKey, OWN_FOLDERS } from "../../../core/naming/blob-key.ts";
import type { PlanAction } from "../../../core/plan/plan-action.ts";
import { formatTimestamp } from "../../../core/timestamp.ts";
import type { FoundStaged } from "../../../ports/blob-store.ts";
import type { PlanFindingKind } from "../../plan/plan.ts";
import { deleteTrash, selectExpiredTrash } from "../../trash/trash-statements.ts";
import type { FreedBytes } from "../choose-actions.ts";
import type { CollectContext } from "../collect-context.ts";
import { findStagedStat, stagedKey, wasLeft } from "../find/find-leftovers.ts";
import { deleteMarks } from "../marks/mark-statements.ts";
import type { OrphanMarks } from "../marks/orphan-marks.ts";
import { recordCollected } from "./removal-statements.ts";

/** A line about what somebody left, and what its URI means. */
export type LeftoverAction = PlanAction & { readonly key: BlobKey };

/** What {@link LeftoverRemover} goes by. */
export interface LeftoverOptions {
  /** Since when something is there of which nobody can tell whose it is. */
  readonly marks: OrphanMarks;
  /** The operation. */
  readonly operationId: string;
  /** Told of each name of a file that goes. */
  readonly freed: FreedBytes;
}

/** Removes what is no blob: staged files of processes that are gone, empty folders, and what was in the trash for long enough. */
export class LeftoverRemover {
  readonly #context: CollectContext;
  readonly #options: LeftoverOptions;
  #staged: Promise<ReadonlyMap<string, FoundStaged>> | undefined;
  #expired: Promise<ReadonlyMap<string, ExpiredBlob>> | undefined;

  /** Looks at nothing yet. */
  constructor(context: CollectContext, options: LeftoverOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Does what a line says, if that holds still; gives why not. */
  async remove(action: LeftoverAction): Promise<PlanFindingKind | undefined> {
    switch (action.reason) {
      case "dead_process":
        return this.#dropStaged(action);
      case "trash_expired":
        return this.#dropExpired(action);
      default:
        return this.#removeFolder(action);
    }
  }

  async #dropStaged(action: LeftoverAction): Promise<PlanFindingKind | undefined> {
    this.#staged ??= this.#listStaged();
    const found = (await this.#staged).get(action.key);
    if (found === undefined) return "gone";
    const { staged, modifiedMs, owner, identity } = found;
    const stat = { sizeBytes: staged.sizeBytes, modifiedMs };
    if (identity !== action.identity || staged.sizeBytes !== action.bytes) return "changed";
    if (!(await wasLeft(this.#context, this.#options.marks, { owner, key: action.key, stat }))) return "referenced";
    const { store } = this.#context;
    const named = await findStagedStat(store, staged);
    if (named === undefined) return "gone";
    await store.dropStaged(staged);
    this.#options.freed.add(named);
    return undefined;
  }

  async #listStaged(): Promise<ReadonlyMap<string, FoundStaged>> {
    const all = new Map<string, FoundStaged>();
    for await (const found of this.#context.store.listStaged()) all.set(stagedKey(found.staged.name), found);
    return all;
  }

  /** The bytes go first: until then the line says until when they are kept. */
  async #dropExpired(action: LeftoverAction): Promise<PlanFindingKind | undefined> {
    const { store, sql, clock } = this.#context;
    this.#expired ??= this.#listExpired();
    const found = (await this.#expired).get(action.key);
    if (found === undefined) return "gone";
    const { run, uri, sha256 } = found;
    const key = store.findKey(uri);
    const taken = key && (await store.findTaken(run, key));
    if (taken === undefined || !taken.kept) return "gone";
    if (taken.stat.identity !== action.identity || taken.stat.sizeBytes !== action.bytes) return "changed";
    await store.dropTaken(taken);
    this.#options.freed.add(taken.stat);
    const about = { uri: store.uriOf(taken.key), sha256, bytes: taken.stat.sizeBytes, plan: this.#options.operationId };
    const now = formatTimestamp(clock.now());
    const recorded = recordCollected({ ...about, now, verb: "gc", reason: action.reason, origin: null });
    await sql.batch([recorded, deleteTrash(run, uri)], { makesRoom: true });
    return undefined;
  }

  async #listExpired(): Promise<ReadonlyMap<string, ExpiredBlob>> {
    const { store, sql, clock } = this.#context;
    const all = new Map<string, ExpiredBlob>();
    for (const [run, uri, , , sha256] of await sql.query(selectExpiredTrash(formatTimestamp(clock.now())))) {
      const key = store.findKey(String(uri));
      if (key === undefined) continue;
      const at = `${OWN_FOLDERS.trash}/kept-${String(run)}/${key}`;
      all.set(at, { run: String(run), uri: String(uri), sha256: typeof sha256 === "string" ? sha256 : null });
    }
    return all;
  }

  async #removeFolder({ key, uri }: LeftoverAction): Promise<PlanFindingKind | undefined> {
    if (!(await this.#context.store.removeFolder(key))) return "changed";
    await this.#context.sql.batch([...deleteMarks([uri])], { durable: false, makesRoom: true });
    return undefined;
  }
}

interface ExpiredBlob {
  readonly run: string;
  readonly uri: string;
  readonly sha256: string | null;
}

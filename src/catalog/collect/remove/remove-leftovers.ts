import { type BlobKey, OWN_FOLDERS } from "../../../core/naming/blob-key.ts";
import type { PlanAction } from "../../../core/plan/plan-action.ts";
import { isSha256, type Sha256 } from "../../../core/sha256.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import { formatTimestamp, type Timestamp } from "../../../core/timestamp.ts";
import type { BlobStat, FoundStaged } from "../../../ports/blob-store.ts";
import type { PlanFindingKind } from "../../plan/plan.ts";
import { deleteTrash, selectExpiredTrash } from "../../trash/trash-statements.ts";
import type { FreedBytes } from "../choose-actions.ts";
import type { CollectContext } from "../collect-context.ts";
import { findStagedStat, stagedKey, wasLeft } from "../find/find-leftovers.ts";
import type { LiveSets } from "../live/live-sets.ts";
import { deleteMarks } from "../marks/mark-statements.ts";
import type { OrphanMarks } from "../marks/orphan-marks.ts";
import { forgetQuarantine, recordCollected } from "./removal-statements.ts";

/** A line about what somebody left, and what its URI means. */
export type LeftoverAction = PlanAction & { readonly key: BlobKey };

/** What {@link LeftoverRemover} goes by. */
export interface LeftoverOptions {
  /** What is pinned. */
  readonly live: LiveSets;
  /** Since when something is there of which nobody can tell whose it is. */
  readonly marks: OrphanMarks;
  /** The operation. */
  readonly operationId: string;
  /** Told of each name of a file that goes. */
  readonly freed: FreedBytes;
}

/**
 * Removes what is no blob: staged files of processes that are gone, empty folders, and what was in the trash or in quarantine
 * for long enough.
 */
export class LeftoverRemover {
  readonly #context: CollectContext;
  readonly #options: LeftoverOptions;
  #staged: Promise<ReadonlyMap<string, FoundStaged>> | undefined;
  #quarantined: Promise<ReadonlyMap<string, PutAside>> | undefined;
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
      case "quarantine_expired":
        return this.#dropQuarantined(action);
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

  /** What is pinned by now stays. The bytes go first: until then the line says until when they are kept. */
  async #dropExpired(action: LeftoverAction): Promise<PlanFindingKind | undefined> {
    const { store, sql, clock } = this.#context;
    const { live } = this.#options;
    this.#expired ??= this.#listExpired();
    const found = (await this.#expired).get(action.key);
    if (found === undefined) return "gone";
    const { run, uri, sha256 } = found;
    const key = store.findKey(uri);
    const taken = key && (await store.findTaken(run, key));
    if (taken === undefined || !taken.kept) return "gone";
    await live.refresh();
    if (live.isPinned(taken.key, isSha256(sha256) ? sha256 : null)) return "referenced";
    if (taken.stat.identity !== action.identity || taken.stat.sizeBytes !== action.bytes) return "changed";
    await store.dropTaken(taken);
    this.#options.freed.add(taken.stat);
    const about = { uri: store.uriOf(taken.key), sha256, bytes: taken.stat.sizeBytes, plan: this.#options.operationId };
    const now = formatTimestamp(clock.now());
    const recorded = recordCollected({ ...about, now, verb: "gc", reason: action.reason, origin: null });
    await sql.batch([recorded, deleteTrash(run, uri)], { makesRoom: true });
    live.passOwnBatch();
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

  /** The bytes go first; what is known of the incident stays. */
  async #dropQuarantined(action: LeftoverAction): Promise<PlanFindingKind | undefined> {
    const { store, sql, clock } = this.#context;
    this.#quarantined ??= this.#listQuarantined();
    const found = (await this.#quarantined).get(action.key);
    if (found === undefined) return "gone";
    const { at, stat, sha256, since } = found;
    const isSame = stat.identity === action.identity && stat.sizeBytes === action.bytes;
    if (!isSame || stat.modifiedMs !== action.modifiedMs || since !== action.since) return "changed";
    await store.dropQuarantined({ at, stat });
    this.#options.freed.add(stat);
    const about = { uri: action.uri, sha256, bytes: stat.sizeBytes, plan: this.#options.operationId };
    const now = formatTimestamp(clock.now());
    const recorded = recordCollected({ ...about, now, verb: "gc", reason: action.reason, origin: null });
    await sql.batch([recorded, forgetQuarantine({ uri: found.uri, quarantine: action.uri })], { makesRoom: true });
    return undefined;
  }

  async #listQuarantined(): Promise<ReadonlyMap<string, PutAside>> {
    const all = new Map<string, PutAside>();
    for await (const page of this.#context.store.listQuarantined()) {
      for (const { at, evidence, stat, quarantinedMs } of page) {
        const { uri = null, actual_sha256: sha256 = null } = evidence ?? {};
        all.set(at, { at, stat, uri, sha256, since: formatTimestamp(quarantinedMs) });
      }
    }
    return all;
  }

  async #removeFolder({ key, uri }: LeftoverAction): Promise<PlanFindingKind | undefined> {
    if (!(await this.#context.store.removeFolder(key))) return "changed";
    await this.#context.sql.batch([...deleteMarks([uri])], { durable: false, makesRoom: true });
    return undefined;
  }
}

/** A blob in quarantine, with what its evidence says. */
interface PutAside {
  readonly at: BlobKey;
  readonly stat: BlobStat;
  readonly uri: StorageUri | null;
  readonly sha256: Sha256 | null;
  readonly since: Timestamp;
}

interface ExpiredBlob {
  readonly run: string;
  readonly uri: string;
  readonly sha256: string | null;
}

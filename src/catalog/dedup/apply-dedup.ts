import type { BlobKey } from "../../core/naming/blob-key.ts";
import type { PlanAction } from "../../core/plan/plan-action.ts";
import { decodePathOfUri, type StorageUri } from "../../core/storage-uri.ts";
import { isCatalogError } from "../../errors.ts";
import type { BlobStat, StagedBlob } from "../../ports/blob-store.ts";
import { FreedBytes } from "../collect/choose-actions.ts";
import type { ApplyOptions, ApplySummary } from "../collect/collect-options.ts";
import { isCasName } from "../collect/find/claims-of-ours.ts";
import { findBlob } from "../placing/find-blob.ts";
import { dropQuietly, isSameState } from "../placing/stage-content.ts";
import { describeFinding, type Plan, type PlanFindingKind } from "../plan/plan.ts";
import { isOneKind, isWritableByOthers } from "./choose-shares.ts";
import { selectPlacedHash } from "./dedup-statements.ts";
import { type DedupContext, requireSharing } from "./plan-dedup.ts";
import { readBoth } from "./same-bytes.ts";

/** So many names are under leases at once, which are taken in one step. */
const LOT = 64;

/** Why a line was not done. */
interface Refusal {
  readonly kind: PlanFindingKind;
  readonly why?: string | undefined;
}

const CHANGED_OTHER: Refusal = { kind: "not_shared", why: "the other file is not what it was" };

/** The two files of a line, as they were when they were looked at. */
interface Pair {
  readonly key: BlobKey;
  readonly found: BlobStat;
  readonly from: BlobKey;
  readonly other: BlobStat;
}

/**
 * Does what a plan of `planDedup` says: each name gets the bytes of the other file, as a clone or else as a further name,
 * when all bytes of both were read and are the same. Each line is looked at again; what no longer holds is a finding.
 * Whatever ends it, each name has the bytes that it had.
 */
export async function applyDedup(context: DedupContext, plan: Plan, options: ApplyOptions): Promise<ApplySummary> {
  requireSharing(context);
  return new DedupRun(context, options).run(plan);
}

class DedupRun {
  readonly #context: DedupContext;
  readonly #options: ApplyOptions;
  readonly #freed = new FreedBytes();
  readonly #shared = { files: 0, bytes: 0 };
  #findings = 0;
  #done = 0;
  #total: number | undefined;

  constructor(context: DedupContext, options: ApplyOptions) {
    this.#context = context;
    this.#options = options;
  }

  async run(plan: Plan): Promise<ApplySummary> {
    const { store, clock, entropy } = this.#context;
    const { maxTimeMs = Number.POSITIVE_INFINITY } = this.#options;
    const until = clock.monotonicMs() + maxTimeMs;
    this.#total = plan.size;
    let complete = true;
    let lot: PlanAction[] = [];
    for await (const action of plan.actions()) {
      lot.push(action);
      if (lot.length < LOT) continue;
      complete &&= await this.#applyLot(lot, until);
      lot = [];
    }
    complete &&= await this.#applyLot(lot, until);
    return {
      operationId: entropy.nonce(),
      complete,
      removed: { files: 0, bytes: 0 },
      shared: this.#shared,
      dropped: { rows: 0, bytes: 0 },
      givenBack: 0,
      findings: this.#findings,
      freedBytes: this.#freed.bytes,
      mayShareBlocks: await store.mayShareBlocks(),
    };
  }

  /** Tells whether there was time for all of it. */
  async #applyLot(actions: readonly PlanAction[], until: number): Promise<boolean> {
    const { clock, leases } = this.#context;
    if (actions.length === 0) return true;
    if (clock.monotonicMs() >= until) return false;
    const uris = new Set(actions.flatMap(({ uri, from }) => [uri, ...(from === undefined ? [] : [from])]));
    const requests = [...uris].map((uri) => ({ uri, origin: "registered", sha256: null, bytes: null }) as const);
    const taken = await leases.acquire(requests);
    try {
      for (const action of actions) {
        this.#options.signal?.throwIfAborted();
        if (clock.monotonicMs() >= until) return false;
        await this.#apply(action);
      }
      return true;
    } finally {
      await Promise.all(taken.map((lease) => lease.release()));
    }
  }

  async #apply(action: PlanAction): Promise<void> {
    const { onApplied, onFinding, onProgress } = this.#options;
    const refusal = await this.#tryToShare(action);
    this.#done += 1;
    if (refusal === undefined) {
      this.#shared.files += 1;
      this.#shared.bytes += action.bytes;
      onApplied?.(action);
    } else {
      this.#findings += 1;
      onFinding?.(describeFinding(action, refusal.kind, refusal.why));
    }
    onProgress?.({ phase: "collect", done: this.#done, total: this.#total });
  }

  async #tryToShare(action: PlanAction): Promise<Refusal | undefined> {
    try {
      const pair = await this.#look(action);
      return "kind" in pair ? pair : await this.#share(pair);
    } catch (error) {
      const isOfOneFile = (["PERMISSION", "REFUSED", "CONFLICT", "BACKEND", "NOT_FOUND", "UNSUPPORTED"] as const).some(
        (code) => isCatalogError(error, code),
      );
      if (!isOfOneFile) throw error;
      return { kind: "failed", why: (error as Error).message };
    }
  }

  /** Looks at both files, as far as that is possible without reading them. */
  async #look({ uri, from: fromUri, bytes, identity, modifiedMs }: PlanAction): Promise<Pair | Refusal> {
    const { store } = this.#context;
    const [key, from] = [store.findKey(uri), fromUri && store.findKey(fromUri)];
    if (key === undefined || from === undefined) return { kind: "gone" };
    const [found, other] = [await findBlob(this.#context, key), await findBlob(this.#context, from)];
    if (found === undefined) return { kind: "gone" };
    if (!isSameState(found, { identity: String(identity), sizeBytes: bytes, modifiedMs: Number(modifiedMs) })) {
      return { kind: "changed" };
    }
    if (other === undefined) return { kind: "not_shared", why: "the other file is not there any more" };
    if (found.sizeBytes === 0) return { kind: "not_shared", why: "it is empty" };
    if (other.sizeBytes !== found.sizeBytes) return { kind: "different" };
    if (isWritableByOthers(found) || isWritableByOthers(other)) {
      return { kind: "not_shared", why: "somebody else than the owner may write to one of the two" };
    }
    return { key, found, from, other };
  }

  async #share({ key, found, from, other }: Pair): Promise<Refusal | undefined> {
    const { store } = this.#context;
    const read = await readBoth({ ...this.#context, signal: this.#options.signal }, key, from);
    if (read === undefined) return { kind: "changed" };
    if (read.sha256 === null) return { kind: "different" };
    const staged = await this.#stage({ key, found, from, other }, read.sha256);
    if (staged === undefined) return { kind: "not_shared", why: "the device, an owner or a mode is another one" };
    try {
      const isRead = staged.shared ? isSameState(await store.statStaged(staged), other) : true;
      const now = await findBlob(this.#context, from);
      // What was staged is what was read, and nobody wrote to it meanwhile.
      if (!isRead || now === undefined || !isSameState(now, other)) return CHANGED_OTHER;
      if (!(await store.swap(staged, key, { found }))) return { kind: "changed" };
    } finally {
      await dropQuietly(this.#context, () => store.dropStaged(staged));
    }
    this.#freed.add(found);
    return undefined;
  }

  /** The bytes of the other file: a clone of it where that can be, or it itself where both may be one file. */
  async #stage({ key, found, from, other }: Pair, sha256: string): Promise<StagedBlob | undefined> {
    const { store } = this.#context;
    const path = String(decodePathOfUri(store.uriOf(from)));
    const cloned = await store.adopt(path, "clone");
    if (cloned !== undefined) {
      const own = await store.statStaged(cloned);
      const isTheirs = own.owner?.userId === found.owner?.userId && own.owner?.groupId === found.owner?.groupId;
      if (isTheirs) return cloned;
      await dropQuietly(this.#context, () => store.dropStaged(cloned));
    }
    const isOurs = isOneKind(found, other) && (await this.#isOurs(key, sha256)) && (await this.#isOurs(from, sha256));
    return isOurs ? store.adopt(path, "link") : undefined;
  }

  /** Whether this catalog put those bytes there; other files are somebody's. */
  async #isOurs(key: BlobKey, sha256: string): Promise<boolean> {
    if (isCasName(key)) return key.slice(-65).replace("/", "") === sha256;
    const uri: StorageUri = this.#context.store.uriOf(key);
    const [row] = await this.#context.sql.query(selectPlacedHash(uri));
    return row !== undefined && sha256.startsWith(String(row[0]));
  }
}

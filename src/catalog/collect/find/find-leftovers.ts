import { type BlobKey, OWN_FOLDERS, parseBlobKey } from "../../../core/naming/blob-key.ts";
import type { PlanAction } from "../../../core/plan/plan-action.ts";
import { isSha256 } from "../../../core/sha256.ts";
import { formatTimestamp, type Timestamp } from "../../../core/timestamp.ts";
import { isCatalogError } from "../../../errors.ts";
import type { BlobStat, FoundStaged, TakenBlob } from "../../../ports/blob-store.ts";
import { selectExpiredTrash } from "../../trash/trash-statements.ts";
import type { CollectContext } from "../collect-context.ts";
import type { LiveSets } from "../live/live-sets.ts";
import type { OrphanMarks } from "../marks/orphan-marks.ts";

/** For how long what somebody left is left alone where nobody can tell whether they live, in milliseconds: a day. */
const DOUBT_MS = 86_400_000;

/** What {@link findLeftovers} works with. */
export type LeftoversContext = Pick<CollectContext, "store" | "sql" | "processes" | "clock">;

/** The name of a staged file below the root. */
export function stagedKey(name: string): BlobKey {
  return parseBlobKey(`${OWN_FOLDERS.staging}/${name}`);
}

/** The name below the root of the folder of a run that is not kept. */
function runKey(run: string): BlobKey {
  return parseBlobKey(`${OWN_FOLDERS.trash}/${run}`);
}

/** Something that was left, and what is to be done about it. */
export interface Leftover {
  /** What is to be done. */
  readonly action: PlanAction;
  /** How many names the file has; `undefined` where that is not known. */
  readonly links: number | undefined;
}

/**
 * What processes left that are gone: blobs that were taken, which are to be given back, then staged files, and what was in
 * the trash for long enough; what is pinned stays there. Where nobody can tell whether a process lives, what it has is left alone for a day.
 */
export async function findLeftovers(
  context: LeftoversContext,
  { marks, pins }: { readonly marks: OrphanMarks; readonly pins: Pick<LiveSets, "isPinned"> },
): Promise<readonly Leftover[]> {
  return [
    ...(await findDeadRuns(context, marks)),
    ...(await findStaged(context, marks)),
    ...(await findExpired(context, pins)),
  ];
}

/** Tells what was left by a process that is gone, or that nobody can tell anything of for a day. */
export async function wasLeft(
  { store, processes, clock }: LeftoversContext,
  marks: OrphanMarks,
  {
    owner,
    key,
    stat,
  }: {
    readonly owner: FoundStaged["owner"];
    readonly key: BlobKey;
    readonly stat: { readonly sizeBytes: number; readonly modifiedMs: number };
  },
): Promise<boolean> {
  const isAlive = processes.isAlive(owner);
  if (isAlive !== undefined) return !isAlive;
  const [since] = await marks.look([{ uri: store.uriOf(key), bytes: stat.sizeBytes, modifiedMs: stat.modifiedMs }]);
  return since !== undefined && since <= formatTimestamp(clock.now() - DOUBT_MS);
}

/** Blobs that runs of dead processes took and left. */
export async function* listLeftByRuns(
  context: LeftoversContext,
  marks: OrphanMarks,
): AsyncGenerator<TakenBlob, void, undefined> {
  const runs = new Map<string, Promise<boolean>>();
  for await (const page of context.store.listTaken()) {
    for (const taken of page) {
      if (taken.kept) continue;
      const about = { owner: taken.owner, key: runKey(taken.run), stat: { sizeBytes: 0, modifiedMs: 0 } };
      let isLeft = runs.get(taken.run);
      if (isLeft === undefined) {
        isLeft = wasLeft(context, marks, about);
        runs.set(taken.run, isLeft);
      }
      if (await isLeft) yield taken;
    }
  }
}

async function findDeadRuns(context: LeftoversContext, marks: OrphanMarks): Promise<readonly Leftover[]> {
  const leftovers: Leftover[] = [];
  for await (const { key, stat } of listLeftByRuns(context, marks)) {
    const uri = context.store.uriOf(key);
    leftovers.push({ action: { ...untimed(stat), action: "give_back", uri, reason: "dead_run" }, links: stat.links });
  }
  return leftovers;
}

async function findStaged(context: LeftoversContext, marks: OrphanMarks): Promise<readonly Leftover[]> {
  const leftovers: Leftover[] = [];
  for await (const found of context.store.listStaged()) {
    const { staged, modifiedMs, owner, identity } = found;
    const stat = { sizeBytes: staged.sizeBytes, modifiedMs, identity };
    const key = stagedKey(staged.name);
    if (!(await wasLeft(context, marks, { owner, key, stat }))) continue;
    const uri = context.store.uriOf(key);
    // It may be another name of a file that somebody else has.
    const named = await findStagedStat(context.store, staged);
    if (named === undefined) continue;
    const { links } = named;
    leftovers.push({ action: { ...untimed(stat), action: "drop_staged", uri, reason: "dead_process" }, links });
  }
  return leftovers;
}

/** What the store knows about staged bytes; `undefined` when somebody dropped them. */
export async function findStagedStat(
  store: LeftoversContext["store"],
  staged: FoundStaged["staged"],
): Promise<BlobStat | undefined> {
  try {
    return await store.statStaged(staged);
  } catch (error) {
    if (isCatalogError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

async function findExpired(
  { store, sql, clock }: LeftoversContext,
  pins: Pick<LiveSets, "isPinned">,
): Promise<readonly Leftover[]> {
  const leftovers: Leftover[] = [];
  for (const [run, uri, trashedAt, expiresAt, sha256] of await sql.query(
    selectExpiredTrash(formatTimestamp(clock.now())),
  )) {
    const key = store.findKey(String(uri));
    if (key === undefined || pins.isPinned(key, isSha256(sha256) ? sha256 : null)) continue;
    const taken = await store.findTaken(String(run), key);
    if (taken === undefined || !taken.kept) continue;
    const times = { since: trashedAt as Timestamp, ripeAt: expiresAt as Timestamp };
    const about = { ...untimed(taken.stat), ...times, uri: store.uriOf(taken.at) };
    leftovers.push({ action: { ...about, action: "delete", reason: "trash_expired" }, links: taken.stat.links });
  }
  return leftovers;
}

function untimed({
  sizeBytes,
  modifiedMs,
  identity,
}: TakenBlob["stat"]): Omit<PlanAction, "action" | "uri" | "reason"> {
  return { bytes: sizeBytes, since: null, ripeAt: null, modifiedMs, identity };
}

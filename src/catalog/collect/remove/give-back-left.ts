import type { PlanAction } from "../../../core/plan/plan-action.ts";
import { isCatalogError } from "../../../errors.ts";
import type { TakenBlob } from "../../../ports/blob-store.ts";
import { hashBlob } from "../../placing/stage-content.ts";
import { describeFinding, type PlanFinding } from "../../plan/plan.ts";
import { deleteTrash, selectTrash } from "../../trash/trash-statements.ts";
import type { CollectContext } from "../collect-context.ts";
import type { GivenBack } from "../collect-options.ts";
import { isCasName } from "../find/claims-of-ours.ts";
import { listLeftByRuns } from "../find/find-leftovers.ts";
import type { OrphanMarks } from "../marks/orphan-marks.ts";
import { putAside } from "./put-aside.ts";

/** Who is told by {@link giveBackLeft}. */
export interface GiveBackOptions {
  /** Told of each blob that has its name back. */
  readonly onApplied?: ((action: PlanAction) => void) | undefined;
  /** Told of each blob whose name others have. */
  readonly onFinding?: ((finding: PlanFinding) => void) | undefined;
}

/**
 * Gives blobs their names back that a collector took which is gone; what cannot go back, as others have its name, is put
 * aside.
 */
export async function giveBackLeft(
  context: CollectContext,
  marks: OrphanMarks,
  { onApplied, onFinding }: GiveBackOptions,
): Promise<GivenBack> {
  const given = { back: 0, displaced: 0 };
  for await (const taken of listLeftByRuns(context, marks)) {
    const became = await giveBackOrPutAside(context, taken);
    if (became === undefined) continue;
    given[became] += 1;
    const action = actionOf(context, taken);
    if (became === "back") onApplied?.(action);
    else onFinding?.(describeFinding(action, "displaced"));
  }
  return given;
}

function actionOf({ store }: CollectContext, { key, stat }: TakenBlob): PlanAction {
  const { sizeBytes: bytes, modifiedMs, identity } = stat;
  const about = { uri: store.uriOf(key), bytes, since: null, ripeAt: null, modifiedMs, identity };
  return { ...about, action: "give_back", reason: "dead_run" };
}

/**
 * Gives a blob its name back, or drops it where the same bytes have that by now, or puts it aside; `undefined` when
 * somebody else dealt with it.
 */
export async function giveBackOrPutAside(
  context: CollectContext,
  taken: TakenBlob,
  operationId?: string,
): Promise<"back" | "displaced" | undefined> {
  try {
    if ((await context.store.giveBack(taken)) === "taken") {
      if (!(await isThereAgain(context, taken))) {
        await putAside(context, taken, operationId);
        return "displaced";
      }
      await context.store.dropTaken(taken);
    }
    // Who took it may have died before it lay where people find it.
    await forgetTrash(context, taken);
    return "back";
  } catch (error) {
    // Another collector was faster.
    if (isCatalogError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/**
 * Under a name of layout `cas` others have put the same bytes, unless they are damaged: both are read, and one is enough.
 * Its name is durable before the other one goes.
 */
async function isThereAgain(context: CollectContext, { key, at }: TakenBlob): Promise<boolean> {
  const { store } = context;
  if (!isCasName(key)) return false;
  const there = await hashBlob(context, store, key);
  if (there === undefined || there !== (await hashBlob(context, store, at))) return false;
  await store.syncName(key);
  return true;
}

async function forgetTrash({ sql, store }: CollectContext, { run, key }: TakenBlob): Promise<void> {
  const uri = store.uriOf(key);
  if ((await sql.query(selectTrash(run, uri))).length > 0)
    await sql.batch([deleteTrash(run, uri)], { makesRoom: true });
}

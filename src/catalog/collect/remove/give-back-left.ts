import { isCatalogError } from "../../../errors.ts";
import type { TakenBlob } from "../../../ports/blob-store.ts";
import type { CollectContext } from "../collect-context.ts";
import { listLeftByRuns } from "../find/find-leftovers.ts";
import type { OrphanMarks } from "../marks/orphan-marks.ts";
import { putAside } from "./put-aside.ts";
import { deleteTrash, selectTrash } from "./trash-statements.ts";

/** Told what became of a blob that somebody had left. */
export type OnGivenBack = (taken: TakenBlob, became: "back" | "displaced") => void;

/**
 * Gives blobs their names back that a collector took which is gone; what cannot go back, as others have its name, is put
 * aside. Gives how many went back.
 */
export async function giveBackLeft(
  context: CollectContext,
  marks: OrphanMarks,
  onGivenBack?: OnGivenBack,
): Promise<number> {
  let back = 0;
  for await (const taken of listLeftByRuns(context, marks)) {
    const became = await giveBackOrPutAside(context, taken);
    if (became === undefined) continue;
    if (became === "back") back += 1;
    onGivenBack?.(taken, became);
  }
  return back;
}

/** Gives a blob its name back, or puts it aside; `undefined` when somebody else dealt with it. */
export async function giveBackOrPutAside(
  context: CollectContext,
  taken: TakenBlob,
  operationId?: string,
): Promise<"back" | "displaced" | undefined> {
  try {
    if ((await context.store.giveBack(taken)) === "taken") {
      await putAside(context, taken, operationId);
      return "displaced";
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

async function forgetTrash({ sql, store }: CollectContext, { run, key }: TakenBlob): Promise<void> {
  const uri = store.uriOf(key);
  if ((await sql.query(selectTrash(run, uri))).length > 0)
    await sql.batch([deleteTrash(run, uri)], { makesRoom: true });
}

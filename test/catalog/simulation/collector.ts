import type { PlanAction } from "../../../src/core/plan/plan-action.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { Chooser } from "../../../src/testing/simulation/chooser.ts";
import type { WorldProcess } from "./world.ts";

/** Options of {@link collect}. */
export interface CollectOptions {
  /** Chooses what is collected this time, and whether it goes into the trash. @default all garbage, for good */
  readonly chooser?: Chooser | undefined;
  /** What was in quarantine for so long goes, too. @default nothing does */
  readonly quarantineDays?: number | undefined;
  /** Told of each line that was done. */
  readonly onApplied?: ((action: PlanAction) => void) | undefined;
}

/** More blobs no scene has. */
const MOST_BLOBS = 5;

/** The collector, without patience: what is unreferenced now is garbage. It refuses a root that does not name its catalog. */
export async function collect({ catalog }: WorldProcess, options: CollectOptions = {}): Promise<void> {
  const { chooser, quarantineDays, onApplied } = options;
  const maxFiles = chooser === undefined ? undefined : MOST_BLOBS - chooser.choose(MOST_BLOBS);
  const trash = chooser?.choose(3) === 2;
  try {
    const plan = await catalog.planCollect({ orphanTtlDays: 0, giveBackFirst: true, maxFiles, trash, quarantineDays });
    await catalog.apply(plan, { force: true, onApplied });
  } catch (error) {
    if (isCatalogError(error, "REFUSED") && ["marker", "empty catalog", "other catalog"].includes(error.details.guard))
      return;
    throw error;
  }
}

import type { PlanAction } from "../../core/plan/plan-action.ts";
import type { CatalogContext } from "../context.ts";

/** Counts a blob that left its name for good. What goes from the trash later was counted when it came there. */
export function countRemoved(
  { telemetry, figures }: Pick<CatalogContext, "telemetry" | "figures">,
  { bytes, reason }: Pick<PlanAction, "bytes" | "reason">,
): void {
  telemetry.count("contentdownload_gc_removed_total", {});
  telemetry.count("content_catalog.gc.removed.size", {}, bytes);
  // What nobody knows is no orphan.
  if (reason === "unknown") return;
  figures?.add("content_catalog.orphans", -1);
  figures?.add("content_catalog.orphans.size", -bytes);
}

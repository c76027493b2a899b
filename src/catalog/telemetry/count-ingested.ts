import type { Placement } from "../placing/place-content.ts";
import type { PlacingContext } from "../placing/placing-context.ts";

/** Bytes that were offered. */
export interface OfferedContent {
  /** Who got them. */
  readonly resolver: string;
  /** How they came to their place. */
  readonly placement: Placement;
}

/** Counts bytes that the store had. */
export function countHit({ telemetry }: Pick<PlacingContext, "telemetry">, offered: OfferedContent): void {
  const { resolver, placement } = offered;
  if (placement === "stored" || placement === "none") return;
  telemetry.count("contentdownload_dedup_hits_total", { resolver });
}

/** Counts a document whose bytes have their place, and that has its row. */
export function countIngested(
  { telemetry }: Pick<PlacingContext, "telemetry">,
  { resolver, placement, bytes }: OfferedContent & { readonly bytes: number },
): void {
  if (placement === "none") return;
  telemetry.count("content_catalog.ingested", { resolver, placement });
  telemetry.count("content_catalog.ingested.size", { resolver, placement }, bytes);
}

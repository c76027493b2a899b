import type { CatalogContext } from "../context.ts";
import type { RegisteredItem, RegisterItem } from "../register/register.ts";

/** Figures take in what became of items; where a row took other bytes, nobody knows what those were that it had. */
export function noteRegistered(
  { figures }: Pick<CatalogContext, "figures">,
  items: readonly RegisterItem[],
  results: readonly (RegisteredItem | undefined)[],
): void {
  if (figures === undefined) return;
  for (const [at, { registration }] of items.entries()) {
    const outcome = results[at]?.outcome;
    if (outcome === "replaced") figures.forget("content_catalog.logical.size");
    if (outcome !== "created") continue;
    figures.add("content_catalog.documents", 1);
    figures.add("content_catalog.logical.size", registration.bytes);
  }
}

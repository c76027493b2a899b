import type { CollectReport, FileCount } from "../collect/collect-options.ts";
import type { CatalogContext } from "../context.ts";

/** Figures take in what a collector found below the root, and in the catalog itself. */
export function noteCollected(
  { figures }: Pick<CatalogContext, "figures">,
  {
    live,
    orphaned,
    documents,
  }: Pick<CollectReport, "live" | "orphaned"> & { readonly documents?: FileCount | undefined },
): void {
  figures?.set("content_catalog.physical.size", live.bytes);
  figures?.set("content_catalog.orphans", orphaned.files);
  figures?.set("content_catalog.orphans.size", orphaned.bytes);
  if (documents === undefined) return;
  figures?.set("content_catalog.documents", documents.files);
  figures?.set("content_catalog.logical.size", documents.bytes);
}

/* Makes a catalog and its root. */
import { openCatalog } from "./package.mjs";

/** One document that is registered makes the catalog, and says to the root who it is. */
export async function makeCatalog(path, rootDir, layout) {
  const catalog = await openCatalog({ catalog: { path }, storage: { rootDir, layout } });
  const first = { artifactId: "first", sourceUrl: "https://example.org/first", resolver: "unpaywall" };
  await catalog.ingest(new TextEncoder().encode("first"), first);
  await catalog.checkpoint();
  await catalog.close();
}

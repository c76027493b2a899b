/*
 * Stores what URLs give, one after the other, and registers each. One that fails stops nothing.
 *
 *   bun ingest.ts https://example.org/a.pdf https://example.org/b.pdf
 */
import { openCatalog } from "content-catalog/bun";

const urls = process.argv.slice(2);
if (urls.length === 0) {
  console.error("Usage: ingest.ts URL...");
  process.exit(2);
}

const catalog = await openCatalog({
  catalog: { path: "state/catalog.sqlite" },
  storage: { rootDir: "data/docs", layout: "cas" },
});
try {
  for (const url of urls) {
    try {
      const meta = { artifactId: `url:${url}`, sourceUrl: url, resolver: "http" };
      const { record, outcome, deduplicated } = await catalog.ingest(await fetch(url), meta);
      console.log(outcome, deduplicated ? "deduplicated" : "stored", record.sha256, url);
    } catch (error) {
      console.error(`${url}: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 3;
    }
  }
} finally {
  await catalog.close();
}

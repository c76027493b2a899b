/*
 * Stores what a URL gives, and registers it. Deno may read and write two folders and reach one host:
 *
 *   deno run --allow-read=state,data --allow-write=state,data --allow-net=example.org ingest.ts https://example.org/a.pdf
 *
 * On the first run the two folders are not there yet: they are created with these permissions.
 */
import { openCatalog } from "content-catalog/deno";

const [url] = Deno.args;
if (url === undefined) {
  console.error("Usage: ingest.ts URL");
  Deno.exit(2);
}

// Closed at the end of the program, also after an error.
await using catalog = await openCatalog({
  catalog: { path: "state/catalog.sqlite" },
  storage: { rootDir: "data/docs", layout: "cas" },
});

// The body goes to the disk as it arrives; a Response without success is refused.
const { record, outcome, deduplicated } = await catalog.ingest(await fetch(url), {
  artifactId: `url:${url}`,
  sourceUrl: url,
  resolver: "http",
});
console.log(`${outcome}${deduplicated ? ", bytes were stored already" : ""}`);
console.log(record.sha256, record.bytes, record.storageUri);

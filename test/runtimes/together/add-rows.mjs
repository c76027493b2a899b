/*
 * A process of its own for the tests, in any runtime, with the installed package: stores and registers rows
 * `<name>-0`, `<name>-1`, ... and prints a line for each that was acknowledged; then the rows there are, in order.
 * It opens and closes the catalog every `rowsPerOpening` rows.
 */
const [host, json] = globalThis.Deno?.args ?? process.argv.slice(2);
const { openCatalog } = await import(`content-catalog/${host}`);
const { catalogPath, rootDir, name, rows, rowsPerOpening = rows, busyTimeout = 60_000 } = JSON.parse(json);
const settings = { catalog: { path: catalogPath, busyTimeout }, storage: { rootDir, layout: "cas" } };

for (let from = 0; from < rows; from += rowsPerOpening) {
  const catalog = await openCatalog(settings);
  for (let row = from; row < Math.min(rows, from + rowsPerOpening); row += 1) {
    const artifactId = `${name}-${row}`;
    const meta = { artifactId, sourceUrl: `https://example.org/${artifactId}`, resolver: "test" };
    const response = new Response(`bytes ${row}`, { headers: { "content-type": "text/plain" } });
    const { outcome } = await catalog.ingest(response, meta);
    console.log(`${outcome} ${artifactId}`);
  }
  await catalog.close();
}

const reader = await openCatalog({ ...settings, mode: "read" });
const found = [];
for await (const { artifactId, sha256, bytes } of reader.search({})) found.push(`${artifactId} ${sha256} ${bytes}`);
for (const line of found.sort()) console.log(`row ${line}`);
await reader.close();

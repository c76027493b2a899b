/*
 * Makes a root and the catalog of it, in which rows are of very different ages. Arguments: folder (new), rows.
 * Of twenty rows eighteen are alone, and two are copies of one artifact: their files are there, as a decision looks at one.
 * Everything was verified, and one of a thousand blobs was bad.
 */
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import initSqlJs from "sql.js";
import { openCatalog } from "./package.mjs";

/** Days over which the rows came. */
const DAYS = 1000;

const [folder = "", rows = "0"] = process.argv.slice(2);
const [root, path] = [join(folder, "docs"), join(folder, "catalog.sqlite")];
const start = `${pathToFileURL(root).href}/`;

function describe(index) {
  const sha256 = createHash("sha256").update(String(index)).digest("hex");
  const isCopy = index % 20 === 19;
  const key = join("cas", "sha256", sha256.slice(0, 2), sha256.slice(2));
  const artifact = `doi:10.1234/${isCopy ? index - 1 : index}`;
  // Rows do not come in the order of time.
  const created = new Date(Date.now() - ((index * 7919) % DAYS) * 86_400_000 - (index % 86_400_000)).toISOString();
  return { sha256, key, artifact, created, isCopy: isCopy || index % 20 === 18, uri: start + key };
}

function insertRows(database) {
  const [found] = database.exec("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL");
  for (const [name] of found.values) database.run(`DROP INDEX ${name}`);
  database.run("BEGIN");
  const document = database.prepare(
    `INSERT INTO documents (artifact_id, source_url, resolver, content_type, bytes, sha256, storage_uri, created_at, updated_at, run_id)
     VALUES (?, ?, 'unpaywall', 'application/pdf', 0, ?, ?, ?, ?, 'run-1')`,
  );
  const verification = database.prepare(
    `INSERT INTO verifications (uri, result, strength, checked_at, bad_since)
     VALUES (?, ?, 'full', '2026-01-01T00:00:00.000Z', ?)`,
  );
  for (let index = 0; index < Number(rows); index++) {
    const { sha256, key, artifact, created, isCopy, uri } = describe(index);
    document.run([artifact, `https://example.org/articles/${index}/download.pdf`, sha256, uri, created, created]);
    const isBad = index % 1000 === 0;
    verification.run([uri, isBad ? "mismatch" : "ok", isBad ? "2026-01-01T00:00:00.000Z" : null]);
    if (!isCopy) continue;
    mkdirSync(dirname(join(root, key)), { recursive: true });
    closeSync(openSync(join(root, key), "wx", 0o444));
  }
  document.free();
  verification.free();
  database.run("COMMIT");
  for (const [, sql] of found.values) database.run(sql);
}

mkdirSync(root, { recursive: true });
// One document that is registered makes the catalog, and says to the root who it is.
const catalog = await openCatalog({ catalog: { path }, storage: { rootDir: root } });
const first = { artifactId: "first", sourceUrl: "https://example.org/first", resolver: "unpaywall" };
await catalog.ingest(new TextEncoder().encode("first"), first);
await catalog.checkpoint();
await catalog.close();
const { Database } = await initSqlJs();
const database = new Database(readFileSync(path));
insertRows(database);
writeFileSync(path, database.export());
database.close();

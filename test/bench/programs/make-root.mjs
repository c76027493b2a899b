/*
 * Makes a root of empty files and the catalog of it. Arguments: folder (new), files, layout, rows.
 * The last files have no row. Rows go into the file as any SQLite tool writes them: that is fast, and no part of what is
 * measured.
 */
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import initSqlJs from "sql.js";
import { openCatalog } from "./package.mjs";

/** What artifacts look like under the default template: most have a folder of their own. */
const FILES_PER_FOLDER = 10 / 3;

const [folder = "", files = "0", layout = "cas", rows = "0"] = process.argv.slice(2);
const [root, path] = [join(folder, "docs"), join(folder, "catalog.sqlite")];
const folders = Math.ceil(Number(files) / FILES_PER_FOLDER);

function describe(index) {
  const sha256 = createHash("sha256").update(String(index)).digest("hex");
  const artifact = index % folders;
  const named = join(`resolver-${artifact % 7}`, `artifact-${artifact}`, `${index}.pdf`);
  return { sha256, key: layout === "cas" ? join("cas", "sha256", sha256.slice(0, 2), sha256.slice(2)) : named };
}

function makeFiles() {
  const made = new Set();
  for (let index = 0; index < Number(files); index++) {
    const file = join(root, describe(index).key);
    const above = dirname(file);
    if (!made.has(above)) mkdirSync(above, { recursive: true });
    made.add(above);
    closeSync(openSync(file, "wx", 0o444));
  }
}

/** Indexes are made when the rows are there, as that is faster. */
function insertRows(database) {
  const [found] = database.exec("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL");
  for (const [name] of found.values) database.run(`DROP INDEX ${name}`);
  database.run("BEGIN");
  const document = database.prepare(
    `INSERT INTO documents (artifact_id, source_url, resolver, content_type, bytes, sha256, storage_uri, created_at, updated_at)
     VALUES (?, ?, 'unpaywall', 'application/pdf', 0, ?, ?, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')`,
  );
  const placed = database.prepare("INSERT INTO placed (uri, sha256_start) VALUES (?, ?)");
  const url = pathToFileURL(root).href;
  for (let index = 0; index < Number(files); index++) {
    const { sha256, key } = describe(index);
    const uri = `${url}/${key}`;
    if (index < Number(rows)) {
      document.run([`doi:10.1234/${index}`, `https://example.org/${index}/download.pdf`, sha256, uri]);
    }
    // Content-addressed names are proof enough.
    if (layout !== "cas") placed.run([uri, sha256.slice(0, 16)]);
  }
  document.free();
  placed.free();
  database.run("COMMIT");
  for (const [, sql] of found.values) database.run(sql);
}

mkdirSync(root, { recursive: true });
makeFiles();
// One document that is registered makes the catalog, and says to the root who it is.
const catalog = await openCatalog({ catalog: { path }, storage: { rootDir: root, layout } });
const first = { artifactId: "first", sourceUrl: "https://example.org/first", resolver: "unpaywall" };
await catalog.ingest(new TextEncoder().encode("first"), first);
await catalog.checkpoint();
await catalog.close();
if (Number(rows) > 0) {
  const { Database } = await initSqlJs();
  const database = new Database(readFileSync(path));
  insertRows(database);
  writeFileSync(path, database.export());
  database.close();
}

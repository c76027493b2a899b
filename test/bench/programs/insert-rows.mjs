/* Writes rows into the file of a catalog as any SQLite tool does: that is fast, and no part of what is measured. */
import { readFileSync, writeFileSync } from "node:fs";
import initSqlJs from "sql.js";

/** Writes a document for each row that has one, and its name into the list of placed files where it is placed. */
export async function insertRows(path, rows) {
  const { Database } = await initSqlJs();
  const database = new Database(readFileSync(path));
  // Indexes are made when the rows are there, as that is faster.
  const [found] = database.exec("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL");
  for (const [name] of found.values) database.run(`DROP INDEX ${name}`);
  database.run("BEGIN");
  const document = database.prepare(
    `INSERT INTO documents (artifact_id, source_url, resolver, content_type, bytes, sha256, storage_uri, created_at, updated_at)
     VALUES (?, ?, 'unpaywall', 'application/pdf', ?, ?, ?, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')`,
  );
  const placed = database.prepare("INSERT INTO placed (uri, sha256_start) VALUES (?, ?)");
  for (const { index, sha256, uri, bytes, hasRow, isPlaced } of rows) {
    const names = [`doi:10.1234/${index}`, `https://example.org/${index}/download.pdf`];
    if (hasRow) document.run([...names, bytes, sha256, uri]);
    if (isPlaced) placed.run([uri, sha256.slice(0, 16)]);
  }
  document.free();
  placed.free();
  database.run("COMMIT");
  for (const [, sql] of found.values) database.run(sql);
  writeFileSync(path, database.export());
  database.close();
}

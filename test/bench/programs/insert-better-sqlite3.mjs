/*
 * Peer: better-sqlite3 inserts the same rows with the same indexes, in one transaction.
 * Arguments: folder, manifest, schema, and "reading" to count reading the manifest too or "prepared" to count inserting
 * only.
 */
import { randomUUID } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { readRows } from "./manifest-rows.mjs";
import { reportTime } from "./report.mjs";

const INSERT_DOCUMENT = `INSERT INTO documents (artifact_id, source_url, resolver, content_type, bytes, sha256,
  storage_uri, created_at, updated_at, run_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const INSERT_VARIANT = `INSERT INTO variants (document_id, variant, storage_uri, bytes, content_type, sha256,
  created_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

const [folder = "", manifest = "", schema = "", what = "reading"] = process.argv.slice(2);
const path = join(folder, `${randomUUID()}.sqlite`);

function insertAll(source) {
  const database = new Database(path);
  database.exec(readFileSync(schema, "utf8"));
  const insertDocument = database.prepare(INSERT_DOCUMENT);
  const insertVariant = database.prepare(INSERT_VARIANT);
  database.exec("BEGIN");
  for (const { document, variants } of source) {
    const { lastInsertRowid, changes } = insertDocument.run(document);
    if (changes === 0) continue;
    for (const variant of variants) insertVariant.run([lastInsertRowid, ...variant]);
  }
  database.exec("COMMIT");
  database.close();
}

const source = what === "prepared" ? [...readRows(manifest)] : readRows(manifest);
await reportTime(() => insertAll(source));
rmSync(path);

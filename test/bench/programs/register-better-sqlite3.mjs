/* Peer: the same rows, each in a transaction of its own that is on the disk at its end. Arguments: file (new), schema, how many. */
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { makeRegistration } from "./catalog-rows.mjs";
import { reportTime } from "./report.mjs";

const WARM_UP = 100;
const INSERT = `INSERT INTO documents (artifact_id, source_url, resolver, content_type, bytes, sha256, storage_uri,
  created_at, updated_at, run_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING *`;

const [path = "", schema = "", count = "0"] = process.argv.slice(2);
const database = new Database(path);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.exec(readFileSync(schema, "utf8"));
const insert = database.prepare(INSERT);
const registrations = Array.from({ length: Number(count) + WARM_UP }, (_, index) => makeRegistration("peer", index));
const registerAll = (items) => {
  for (const { artifactId, sourceUrl, resolver, contentType, bytes, sha256, storageUri, runId } of items) {
    const now = new Date().toISOString();
    insert.get(artifactId, sourceUrl, resolver, contentType, bytes, sha256, storageUri, now, now, runId);
  }
};
registerAll(registrations.splice(0, WARM_UP));
await reportTime(async () => registerAll(registrations));
database.close();

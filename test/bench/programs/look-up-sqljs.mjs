/* Peer: the same rows from a bare prepared statement of sql.js. Arguments as for ours. */
import { readFileSync } from "node:fs";
import initSqlJs from "sql.js";
import { reportTime } from "./report.mjs";

const COLUMNS =
  "id, artifact_id, source_url, resolver, content_type, bytes, sha256, storage_uri, created_at, updated_at, run_id";

const [path = "", queries = "", by = "id"] = process.argv.slice(2);
const { ids, artifactIds } = JSON.parse(readFileSync(queries, "utf8"));
const { Database } = await initSqlJs();
const database = new Database(readFileSync(path));
const column = by === "id" ? "id" : "artifact_id";
const statement = database.prepare(`SELECT ${COLUMNS} FROM documents WHERE ${column} = ? ORDER BY id`);
await reportTime(() => {
  for (const value of by === "id" ? ids : artifactIds) {
    statement.bind([value]);
    while (statement.step()) statement.get();
    statement.reset();
  }
});
database.close();

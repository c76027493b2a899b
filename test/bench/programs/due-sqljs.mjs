/* Peer: opens the file with sql.js and counts what was not verified within 30 days. Arguments: catalog. */
import { readFileSync } from "node:fs";
import initSqlJs from "sql.js";

const DAYS_MS = 30 * 86_400_000;

const [path = ""] = process.argv.slice(2);
const { Database } = await initSqlJs();
const database = new Database(readFileSync(path));
const statement = database.prepare(
  `SELECT (SELECT COUNT(*) FROM (SELECT storage_uri FROM documents EXCEPT SELECT uri FROM verifications)) +
     (SELECT COUNT(*) FROM verifications WHERE checked_at < ?)`,
);
const [due] = statement.get([new Date(Date.now() - DAYS_MS).toISOString()]);
process.stdout.write(`${due} are due.\n`);
database.close();

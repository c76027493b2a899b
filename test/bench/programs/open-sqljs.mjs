/* Peer: what everybody does who opens a file with sql.js. Arguments: file. */
import { readFileSync } from "node:fs";

const [path = ""] = process.argv.slice(2);
const startedMs = performance.now();
// Ours loads sql.js when a catalog is opened, too.
const { default: initSqlJs } = await import("sql.js");
const { Database } = await initSqlJs();
const database = new Database(readFileSync(path));
database.exec("SELECT id FROM documents WHERE id = 1");
const milliseconds = performance.now() - startedMs;
database.close();
process.stdout.write(`${JSON.stringify({ milliseconds, maxRssKib: process.resourceUsage().maxRSS })}\n`);

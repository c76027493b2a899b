/* Peer: what everybody does who opens a file with sql.js. Arguments: file. */
import { readFileSync } from "node:fs";
import initSqlJs from "sql.js";

const [path = ""] = process.argv.slice(2);
const startedMs = performance.now();
const { Database } = await initSqlJs();
const database = new Database(readFileSync(path));
database.exec("SELECT id FROM documents WHERE id = 1");
const milliseconds = performance.now() - startedMs;
database.close();
process.stdout.write(`${JSON.stringify({ milliseconds, maxRssKib: process.resourceUsage().maxRSS })}\n`);

/* Peer: reads every row of a file that is open in sql.js, one after the other. Arguments: catalog. */
import { readFileSync } from "node:fs";
import initSqlJs from "sql.js";
import { reportTime } from "./report.mjs";

const [path = ""] = process.argv.slice(2);
const { Database } = await initSqlJs();
const database = new Database(readFileSync(path));
database.exec("SELECT id FROM documents WHERE id = 1");
await reportTime(async () => {
  const statement = database.prepare("SELECT * FROM documents");
  while (statement.step()) statement.get();
  statement.free();
});
database.close();

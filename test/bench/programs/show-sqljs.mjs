/* Peer: opens the file with sql.js and runs the statement. Arguments: catalog, id. */
import { readFileSync } from "node:fs";
import initSqlJs from "sql.js";

const [path = "", id = ""] = process.argv.slice(2);
const { Database } = await initSqlJs();
const database = new Database(readFileSync(path));
const statement = database.prepare("SELECT * FROM documents WHERE artifact_id = ?");
statement.bind([id]);
while (statement.step()) process.stdout.write(`${JSON.stringify(statement.getAsObject())}\n`);
database.close();

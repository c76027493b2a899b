/* Peer: looks at every file with `find`, and then opens the catalog with sql.js. Arguments: catalog, root. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { devNull } from "node:os";
import { reportTime } from "./report.mjs";

const [path = "", root = ""] = process.argv.slice(2);
await reportTime(async () => {
  const nowhere = openSync(devNull, "w");
  execFileSync("find", [root, "-printf", "%s %T@ %p\\n"], { stdio: ["ignore", nowhere, "inherit"] });
  closeSync(nowhere);
  const { default: initSqlJs } = await import("sql.js");
  const { Database } = await initSqlJs();
  const database = new Database(readFileSync(path));
  database.exec("SELECT id FROM documents WHERE id = 1");
  database.close();
});

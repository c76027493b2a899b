/* Ours: registers one file with its hash. Arguments: file, manifest that names it, hasher. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { openCatalog } from "./package.mjs";
import { reportTime } from "./report.mjs";

const [folder = "", manifest = "", hasher = "auto"] = process.argv.slice(2);
const path = join(folder, `${randomUUID()}.sqlite`);
const catalog = await openCatalog({ catalog: { path, hasher }, storage: { rootDir: folder } });
await reportTime(async () => {
  const summary = await catalog.importManifest({ path: manifest }, { hash: "all" });
  if (summary.filesHashed !== 1 || summary.documents !== 1) throw new Error(JSON.stringify(summary));
});
await catalog.close();
rmSync(path);

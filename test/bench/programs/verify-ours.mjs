/* Ours: verifies all blobs of a catalog. Arguments: catalog, root, layout, jobs. */
import { openCatalog } from "./package.mjs";
import { reportTime } from "./report.mjs";

const [path = "", rootDir = "", layout = "cas", jobs = "2"] = process.argv.slice(2);
let catalog;
// Closing writes the file anew, which is no part of it.
await reportTime(async () => {
  catalog = await openCatalog({ catalog: { path }, storage: { rootDir, layout } });
  for await (const { uri, result } of catalog.verify({ jobs: Number(jobs) })) {
    if (result !== "ok") throw new Error(`This is not the root that was made: ${uri} is ${result}`);
  }
});
await catalog.close();

/* Ours: opens a catalog of a root to read it, and does nothing else. Arguments: catalog, root, layout. */
import { openCatalog } from "./package.mjs";
import { reportTime } from "./report.mjs";

const [path = "", rootDir = "", layout = "cas"] = process.argv.slice(2);
await reportTime(async () => {
  const catalog = await openCatalog({ catalog: { path }, storage: { rootDir, layout }, mode: "read" });
  await catalog.getById(1);
  await catalog.close();
});

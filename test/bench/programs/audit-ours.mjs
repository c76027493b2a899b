/* Ours: audits a catalog and its root. Arguments: catalog, root, layout. */
import { openCatalog } from "./package.mjs";
import { reportTime } from "./report.mjs";

const [path = "", rootDir = "", layout = "cas"] = process.argv.slice(2);
await reportTime(async () => {
  const catalog = await openCatalog({ catalog: { path }, storage: { rootDir, layout }, mode: "read" });
  for await (const { message } of catalog.audit()) throw new Error(`This is not the root that was made: ${message}`);
  await catalog.close();
});

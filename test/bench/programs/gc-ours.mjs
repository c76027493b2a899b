/* Ours: plans a collection, and writes nothing. Arguments: catalog, root, layout. */
import { openCatalog } from "./package.mjs";
import { reportTime } from "./report.mjs";

const [path = "", rootDir = "", layout = "cas"] = process.argv.slice(2);
await reportTime(async () => {
  const catalog = await openCatalog({ catalog: { path }, storage: { rootDir, layout }, mode: "read" });
  const { size } = await catalog.planCollect({ dryRun: true, orphanTtlDays: 0 });
  if (size === 0) throw new Error("Nothing is to be collected: this is not the root that was made");
  await catalog.close();
});

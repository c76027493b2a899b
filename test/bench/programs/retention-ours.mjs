/* Ours: decides about every row, in a catalog that is open. Arguments: catalog, root, rows. */
import { openCatalog } from "./package.mjs";
import { reportTime } from "./report.mjs";

const DAY_MS = 86_400_000;

const [path = "", rootDir = "", rows = "0"] = process.argv.slice(2);
const catalog = await openCatalog({ catalog: { path }, storage: { rootDir }, mode: "read" });
await catalog.getById(1);
await reportTime(async () => {
  // The rule takes half of the copies that are not the newest; the cap asks for more, and is not met.
  const policy = { olderThanMs: 500 * DAY_MS, maxFiles: Math.floor(Number(rows) * 0.9), keepCopies: 1 };
  await catalog.planRetention(policy, { allowAll: true });
});
await catalog.close();

/* Makes a catalog of so many rows. Arguments: catalog (new), rows. */

import { makeRegistration } from "./catalog-rows.mjs";
import { openCatalog } from "./package.mjs";

const BATCH_ROWS = 10_000;

const [path = "", rows = "0"] = process.argv.slice(2);
const catalog = await openCatalog({ catalog: { path } });
for (let first = 0; first < Number(rows); first += BATCH_ROWS) {
  const length = Math.min(BATCH_ROWS, Number(rows) - first);
  await catalog.registerMany(Array.from({ length }, (_, index) => makeRegistration("filled", first + index)));
}
await catalog.checkpoint();
await catalog.close();

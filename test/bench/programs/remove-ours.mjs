/* Removes so many documents on purpose: some that it registers itself before, or those that are there. Arguments: catalog, count, whose. */
import { makeRegistration } from "./catalog-rows.mjs";
import { openCatalog } from "./package.mjs";

const BATCH_ROWS = 1000;

const [path = "", count = "0", whose = "others"] = process.argv.slice(2);
const catalog = await openCatalog({ catalog: { path } });
for (let first = 0; first < Number(count); first += BATCH_ROWS) {
  const length = Math.min(BATCH_ROWS, Number(count) - first);
  await catalog.remove(await listIds(first, length));
}
await catalog.checkpoint();
await catalog.close();

async function listIds(first, length) {
  if (whose === "others") {
    const registrations = Array.from({ length }, (_, index) => makeRegistration("removed", first + index));
    return (await catalog.registerMany(registrations)).map(({ record }) => record.id);
  }
  const ids = [];
  for await (const { id } of catalog.search({}, { limit: length })) {
    ids.push(id);
    if (ids.length === length) break;
  }
  return ids;
}

/*
 * Ours: what looking for news adds to a look-up, in milliseconds: the difference between looking before each one and
 * hardly ever. Arguments: catalog.
 */
import { openCatalog } from "./package.mjs";

const LOOK_UPS = 5000;

const [path = ""] = process.argv.slice(2);

async function lookUpMs(refreshInterval) {
  const catalog = await openCatalog({ catalog: { path, refreshInterval }, mode: "read" });
  for (let id = 1; id <= LOOK_UPS / 10; id++) await catalog.getById(id);
  const startedMs = performance.now();
  for (let id = 1; id <= LOOK_UPS; id++) await catalog.getById(id);
  const milliseconds = performance.now() - startedMs;
  await catalog.close();
  return milliseconds;
}

const hardlyEver = await lookUpMs(60_000);
const always = await lookUpMs(0);
process.stdout.write(`${JSON.stringify({ milliseconds: (always - hardlyEver) / LOOK_UPS })}\n`);

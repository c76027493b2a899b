/* Ours: opens a catalog, and counts its rows. Arguments: catalog. */
import { statSync } from "node:fs";
import { openCatalog } from "./package.mjs";

const [path = ""] = process.argv.slice(2);
const startedMs = performance.now();
const catalog = await openCatalog({ catalog: { path }, mode: "write" });
const milliseconds = performance.now() - startedMs;
await catalog.getById(1);
await catalog.close();
const { maxRSS: maxRssKib } = process.resourceUsage();
process.stdout.write(`${JSON.stringify({ milliseconds, maxRssKib, fileKib: statSync(path).size / 1024 })}\n`);

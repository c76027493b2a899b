/* Ours: durable registrations. Arguments: catalog, how many, how many at once. */
import { randomUUID } from "node:crypto";
import { makeRegistration } from "./catalog-rows.mjs";
import { openCatalog } from "./package.mjs";
import { forEachAtOnce } from "./place-files.mjs";
import { reportTime } from "./report.mjs";

/** Before the clock runs: the log is made, the lock taken, what is compiled late is compiled. */
const WARM_UP = 100;

const [path = "", count = "0", atOnce = "1"] = process.argv.slice(2);
const catalog = await openCatalog({ catalog: { path } });
const run = randomUUID();
const registrations = Array.from({ length: Number(count) + WARM_UP }, (_, index) => makeRegistration(run, index));
const registerAll = (items) => forEachAtOnce(items, (each) => catalog.registerOrGet(each), Number(atOnce));
await registerAll(registrations.splice(0, WARM_UP));
await reportTime(() => registerAll(registrations));
await catalog.close();

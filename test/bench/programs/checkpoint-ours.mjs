/*
 * Ours: a checkpoint while registrations and look-ups go on. Reports the longest that the event loop stood still as its
 * time, and the longest that a registration took. Arguments: catalog.
 */
import { randomUUID } from "node:crypto";
import { makeRegistration } from "./catalog-rows.mjs";
import { openCatalog } from "./package.mjs";

/** How long the work goes on before and after the checkpoint, in milliseconds. */
const AROUND_MS = 300;

const [path = ""] = process.argv.slice(2);
const catalog = await openCatalog({ catalog: { path } });
const run = randomUUID();
const longest = { commitMs: 0, readMs: 0, stillMs: 0 };
let reads = 0;
let isOver = false;

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function keep(figure, work) {
  for (let index = 0; !isOver; index++) {
    const startedMs = performance.now();
    await work(index);
    longest[figure] = Math.max(longest[figure], performance.now() - startedMs);
    await sleep(1);
  }
}

const register = (index) => catalog.registerOrGet(makeRegistration(run, index));
const read = async (index) => {
  await catalog.getById((index % 1000) + 1);
  reads++;
};
const busy = [keep("commitMs", register), keep("readMs", read), keep("stillMs", () => sleep(1))];
await sleep(AROUND_MS);
Object.assign(longest, { commitMs: 0, readMs: 0, stillMs: 0 });
const readsBefore = reads;
await catalog.checkpoint();
const readsDuring = reads - readsBefore;
await sleep(AROUND_MS);
isOver = true;
await Promise.all(busy);
await catalog.close();
const { commitMs, readMs, stillMs } = longest;
process.stdout.write(`${JSON.stringify({ milliseconds: stillMs, commitMs, readMs, readsDuring })}\n`);

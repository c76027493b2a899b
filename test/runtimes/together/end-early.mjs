/*
 * A process of its own for the tests, in any runtime, with the installed package: registers a row, prints its name, and
 * ends without a word to the catalog. `how` is "exit", or "terminate" for a thread that another one ends, after which
 * that one writes a row, too, and prints its name.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const [host, json] = isMainThread ? (globalThis.Deno?.args ?? process.argv.slice(2)) : workerData;
const { openCatalog } = await import(`content-catalog/${host}`);
const { catalogPath, rootDir, name, how, busyTimeout } = JSON.parse(json);

async function register(artifactId) {
  const catalog = await openCatalog({ catalog: { path: catalogPath, busyTimeout }, storage: { rootDir } });
  const sourceUrl = `https://example.org/${artifactId}`;
  await catalog.registerOrGet({ artifactId, sourceUrl, resolver: "test", bytes: 1, storageUri: "s3://b/k" });
  return catalog;
}

if (!isMainThread) {
  await register(name);
  parentPort.postMessage("done");
  setInterval(() => {}, 1000);
} else if (how === "terminate") {
  const worker = new Worker(new URL(import.meta.url), { workerData: [host, json] });
  await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  await worker.terminate();
  console.log(name);
  await (await register(`after-${name}`)).close();
  console.log(`after-${name}`);
} else {
  await register(name);
  console.log(name);
  if (globalThis.Deno === undefined) process.exit(0);
  Deno.exit(0);
}

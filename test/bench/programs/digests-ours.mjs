/* Ours: digests of all files in the folders of a folder. Arguments: a bundle of the pool, folder, jobs. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** As many are asked for at once; the next are asked for before these are there. */
const CALL_FILES = 256;

const [bundle = "", folder = "", jobs = "2"] = process.argv.slice(2);
const { openDigests } = await import(pathToFileURL(bundle).href);
const opening = openDigests({ jobs: Number(jobs), filesOf: "node" });
const requests = readdirSync(folder).flatMap((below) =>
  readdirSync(join(folder, below)).map((name) => ({
    path: join(folder, below, name),
    followSymlinks: false,
    sizeBytes: 100_000,
  })),
);
const pool = await opening;
if (pool.how !== "workers") throw new Error("Cannot measure: no thread could be started");
let failed = 0;
let previous = Promise.resolve([]);
for (let at = 0; at < requests.length; at += CALL_FILES) {
  const call = pool.digest(requests.slice(at, at + CALL_FILES));
  failed += (await previous).filter(({ kind }) => kind !== "read").length;
  previous = call;
}
failed += (await previous).filter(({ kind }) => kind !== "read").length;
await pool.close();
if (failed > 0) throw new Error(`Cannot measure: ${failed} files could not be read`);

/* The package that is measured: the one that is built, or one that was built before, if `BENCH_DIST` names its folder. */
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const DIST = process.env.BENCH_DIST ?? fileURLToPath(new URL("../../../dist", import.meta.url));

if (process.env.BENCH_SDK !== undefined) {
  const { requireMetrics } = await import("./register-sdk.mjs");
  process.once("beforeExit", requireMetrics);
}

/** As the package exports it. */
export const { openCatalog } = await import(pathToFileURL(join(DIST, "node.mjs")).href);

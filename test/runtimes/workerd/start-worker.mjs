/*
 * Starts a worker in workerd the way its users do: esbuild makes one file of it with the conditions of wrangler, and a
 * .wasm file that it imports arrives as a compiled module. Whatever wants a module of Node fails to build.
 */
import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { coverageDirectory, createLegInstrumenter, instrumentedSources } from "../coverage/instrument.mjs";

/** Any date works that the installed workerd knows. */
const COMPATIBILITY_DATE = "2026-04-01";

/** Leaves .wasm files out of the bundle and collects them. */
function collectWasm(found) {
  return {
    name: "wasm",
    setup({ onResolve, resolve }) {
      onResolve({ filter: /\.wasm$/ }, async ({ path, pluginData, ...from }) => {
        if (pluginData === "again") return undefined;
        const resolved = await resolve(path, { ...from, pluginData: "again" });
        if (resolved.errors.length > 0) return resolved;
        found.set(basename(resolved.path), resolved.path);
        return { path: `./${basename(resolved.path)}`, external: true };
      });
    },
  };
}

/** Where a worker that is measured tells what its counters came to. */
const COVERAGE_PATH = "/coverage-of-this-worker";

/** A worker that does what the one of `entry` does, and tells its counters. */
function tellingWorker(entry) {
  return {
    resolveDir: dirname(entry),
    contents: `
      import worker from ${JSON.stringify(`./${basename(entry)}`)};
      export default {
        fetch(request, ...more) {
          if (new URL(request.url).pathname !== "${COVERAGE_PATH}") return worker.fetch(request, ...more);
          return Response.json(globalThis.__coverage__ ?? {});
        },
      };`,
  };
}

/** The modules of a worker: its one file, and the WebAssembly that it imports. */
async function bundleWorker(entry, instrumenter) {
  const wasm = new Map();
  const counters = instrumenter && instrumentedSources(instrumenter);
  const { outputFiles } = await build({
    ...(instrumenter === undefined ? { entryPoints: [entry] } : { stdin: tellingWorker(entry) }),
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    target: "es2024",
    logLevel: "silent",
    plugins: [collectWasm(wasm), counters].filter((plugin) => plugin !== undefined),
  });
  return [
    { type: "ESModule", path: "worker.mjs", contents: outputFiles[0].text },
    ...[...wasm].map(([path, file]) => ({ type: "CompiledWasm", path, contents: readFileSync(file) })),
  ];
}

/** Starts the worker of the file `entry` on this machine, with a bucket `PAPERS`. Dispose of it. */
export async function startWorker(entry, bindings = {}) {
  const directory = coverageDirectory();
  const instrumenter = directory === undefined ? undefined : createLegInstrumenter("workerd");
  const worker = new Miniflare({
    host: "127.0.0.1",
    modules: await bundleWorker(entry, instrumenter),
    bindings,
    compatibilityDate: COMPATIBILITY_DATE,
    r2Buckets: ["PAPERS"],
  });
  const url = await worker.ready;
  const fetch = (path, init) => worker.dispatchFetch(new URL(path, url), init);
  return {
    url,
    fetch,
    bucket: () => worker.getR2Bucket("PAPERS"),
    dispose: async () => {
      if (instrumenter !== undefined) {
        instrumenter.add(await (await fetch(COVERAGE_PATH)).json());
        instrumenter.write(directory);
      }
      await worker.dispose();
    },
  };
}

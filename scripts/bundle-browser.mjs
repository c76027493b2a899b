/*
 * The entries for browsers: complete in themselves, so that a page needs no bundler and no import map, and with the
 * WebAssembly of sql.js beside them. Called by the build.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { licencesOf } from "./licences.mjs";
import { stripComments } from "./strip-comments.mjs";

/** The scripts, by name, and the sources that they are made from. */
export const BROWSER_SCRIPTS = {
  browser: "src/hosts/browser.ts",
  "browser-worker": "src/hosts/browser/worker.ts",
};

/**
 * Makes an ES module of sql.js. It exports in the way of CommonJS, but sets `module` to undefined later on, from which
 * Terser, and so webpack, concludes that it exports nothing: what would be bundled again would not work.
 */
const sqlJsAsModule = {
  name: "sql-js-as-module",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]sql-wasm-browser\.js$/ }, ({ path }) => ({
      contents: `let exports, module;\n${readFileSync(path, "utf8")}\nexport default initSqlJs;\n`,
    }));
  },
};

/** Makes the scripts, and what they share: below `dist`, or only in memory without `write`. */
export function buildForBrowsers(root, { plugins = [], write = true } = {}) {
  return build({
    absWorkingDir: root,
    entryPoints: BROWSER_SCRIPTS,
    outdir: join(root, "dist"),
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunks/[name]-[hash]",
    preserveSymlinks: true,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    conditions: ["browser"],
    target: "es2022",
    legalComments: "inline", // where a part has one; all of them, in full, stand in a file of their own
    metafile: true,
    plugins: [sqlJsAsModule, ...plugins],
    logLevel: "warning",
    write,
  });
}

/** Writes the scripts below `dist`, what they share into `dist/chunks`, and the licences of what is in them. */
export async function bundleBrowser(root) {
  const { metafile } = await buildForBrowsers(root);
  for (const path of Object.keys(metafile.outputs)) {
    writeFileSync(join(root, path), await stripComments(readFileSync(join(root, path), "utf8")));
  }
  const wasm = readFileSync(join(root, "node_modules/sql.js/dist/sql-wasm-browser.wasm"));
  writeFileSync(join(root, "dist/sql-wasm.wasm"), wasm);
  mkdirSync(join(root, "dist/licences"), { recursive: true });
  writeFileSync(join(root, "dist/licences/browser.txt"), licencesOf(root, metafile).join("\n"));
}

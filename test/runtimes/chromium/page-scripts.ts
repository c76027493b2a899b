import { readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
// biome-ignore lint/correctness/useImportExtensions: that is its extension; what ends in .d.mts are its types.
import { buildForBrowsers } from "../../../scripts/bundle-browser.mjs";
// biome-ignore lint/correctness/useImportExtensions: that is its extension; what ends in .d.mts are its types.
import { COVERAGE_DIRECTORY_VARIABLE } from "../../../scripts/coverage-legs.mjs";
import { builtFile, ROOT } from "../../package/built-package.ts";
import type { ServedFile, ServedFiles } from "./chromium.ts";

/** The scripts that pages load. */
export interface PageScripts {
  /** The scripts for browsers, as the package has them, below `/dist`. */
  readonly dist: ServedFiles;
  /** A script of the repository with all it imports, as one module. */
  bundle(path: string): Promise<ServedFile>;
  /** What to do with what counters in them came to; nothing, when there are none. */
  readonly coverage: { add(counts: object): void; write(): void } | undefined;
}

/** The built package as it is; or, where the matrix measures, made again with counters in it. */
export async function openPageScripts(): Promise<PageScripts> {
  const directory = process.env[COVERAGE_DIRECTORY_VARIABLE];
  if (directory === undefined) return { dist: servedDist(), bundle: (path) => bundle(path, []), coverage: undefined };
  // Only the matrix installs what this needs.
  // biome-ignore lint/correctness/useImportExtensions: that is its extension; what ends in .d.mts are its types.
  const { createLegInstrumenter, instrumentedSources } = await import("../coverage/instrument.mjs");
  const instrumenter = createLegInstrumenter("Chromium");
  const prelude = fileURLToPath(new URL("tell-coverage.ts", import.meta.url));
  const plugins = [instrumentedSources(instrumenter, { prelude })];
  const { outputFiles = [] } = await buildForBrowsers(ROOT, { plugins, write: false });
  const measured = outputFiles.map(({ path, contents }) => {
    return [`/${relative(ROOT, path).split(sep).join("/")}`, { type: TYPES[".mjs"], body: contents }] as const;
  });
  return {
    dist: new Map([...servedDist(), ...measured]),
    bundle: (path) => bundle(path, plugins),
    coverage: { add: (counts) => instrumenter.add(counts), write: () => instrumenter.write(directory) },
  };
}

async function bundle(path: string, plugins: Plugin[]): Promise<ServedFile> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, path)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["browser"],
    target: "es2022",
    logLevel: "error",
    plugins,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`Cannot bundle "${path}": nothing came out`);
  return { body: file.contents, type: TYPES[".mjs"] };
}

const TYPES = { ".mjs": "text/javascript", ".wasm": "application/wasm" } as const;

/** The built package, below `/dist`. */
export function servedDist(): ServedFiles {
  const dist = dirname(builtFile("browser.mjs"));
  const names = readdirSync(dist, { recursive: true, encoding: "utf8" });
  return new Map(
    names.flatMap((name) => {
      const type = Object.entries(TYPES).find(([extension]) => extension === extname(name))?.[1];
      const path = `/dist/${name.split(sep).join("/")}`;
      return type === undefined ? [] : [[path, { type, body: readFileSync(join(dist, name)) }]];
    }),
  );
}

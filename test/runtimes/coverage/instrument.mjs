/*
 * Counters in the sources that a leg of the matrix measures, put there by Istanbul before types are stripped, so that
 * lines are those of the file. The same in Bun, workerd and Chromium, none of which tells branches of bundled TypeScript
 * by itself; the counters are in `globalThis.__coverage__`, and no code is evaluated for them.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import coverage from "istanbul-lib-coverage";
import { createInstrumenter } from "istanbul-lib-instrument";
import { COVERAGE_DIRECTORY_VARIABLE, COVERED_IN } from "../../../scripts/coverage-legs.mjs";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Where this leg writes what it covered; `undefined` when nothing is measured. */
export function coverageDirectory() {
  return process.env[COVERAGE_DIRECTORY_VARIABLE];
}

/** Puts counters into the sources of one leg, and keeps account of them. */
export function createLegInstrumenter(leg) {
  const instrumenter = createInstrumenter({
    esModules: true,
    compact: false,
    coverageGlobalScope: "globalThis",
    coverageGlobalScopeFunc: false,
    parserPlugins: ["typescript"],
  });
  const map = coverage.createCoverageMap();
  const files = new Set(COVERED_IN[leg]);
  const nameOf = (path) => relative(ROOT, path).split(sep).join("/");
  return {
    covers: (path) => files.has(nameOf(path)),
    /** The source of a file, with counters. */
    instrument(path) {
      const name = nameOf(path);
      const source = instrumenter.instrumentSync(readFileSync(path, "utf8"), name);
      map.merge({ [name]: instrumenter.lastFileCoverage() });
      return source;
    },
    /** Takes in what counters came to: `{ s, f, b }` by file, as Istanbul has them. */
    add(counts) {
      for (const [name, { s, f, b }] of Object.entries(counts)) {
        map.merge({ [name]: { ...map.fileCoverageFor(name).toJSON(), s, f, b } });
      }
    },
    /** Writes down what was covered until now. */
    write(directory) {
      mkdirSync(directory, { recursive: true });
      const name = `${leg}-${process.pid}-${Math.random().toString(36).slice(2)}.json`;
      writeFileSync(join(directory, name), JSON.stringify({ leg, files: map }));
    },
  };
}

/** The plugin of esbuild that puts the counters in; `prelude` is a module that each such file loads first. */
export function instrumentedSources(instrumenter, { prelude } = {}) {
  return {
    name: "coverage",
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
        if (!instrumenter.covers(path)) return undefined;
        const first = prelude === undefined ? "" : `import ${JSON.stringify(prelude)};\n`;
        return { contents: `${first}${instrumenter.instrument(path)}`, loader: "ts" };
      });
    },
  };
}

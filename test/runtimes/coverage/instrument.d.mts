import type { Plugin } from "esbuild";

/** Counters in the sources of one leg of the matrix. */
export interface LegInstrumenter {
  covers(path: string): boolean;
  /** The source of a file, with counters. */
  instrument(path: string): string;
  /** Takes in what counters came to: `{ s, f, b }` by file, as Istanbul has them. */
  add(counts: object): void;
  /** Writes down what was covered until now. */
  write(directory: string): void;
}

/** Where this leg writes what it covered; `undefined` when nothing is measured. */
export function coverageDirectory(): string | undefined;

/** Puts counters into the sources of one leg, and keeps account of them. */
export function createLegInstrumenter(leg: "Deno" | "Bun" | "workerd" | "Chromium"): LegInstrumenter;

/** The plugin of esbuild that puts the counters in; `prelude` is a module that each such file loads first. */
export function instrumentedSources(instrumenter: LegInstrumenter, options?: { readonly prelude?: string }): Plugin;

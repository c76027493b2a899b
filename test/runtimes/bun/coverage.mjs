/*
 * bun test --preload: counters in the files that Bun covers. Bun's own coverage knows no branches.
 */
import { afterAll } from "bun:test";
import { coverageDirectory, createLegInstrumenter } from "../coverage/instrument.mjs";

const instrumenter = createLegInstrumenter("Bun");

Bun.plugin({
  name: "coverage",
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*(bun)\.ts$/ }, ({ path }) => ({
      contents: instrumenter.instrument(path),
      loader: "ts",
    }));
  },
});

afterAll(() => {
  instrumenter.add(globalThis.__coverage__ ?? {});
  instrumenter.write(coverageDirectory());
});

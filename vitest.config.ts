import type { ViteUserConfig } from "vitest/config";
import { COVERED_IN } from "./scripts/coverage-legs.mjs";

/** Chooses what is tried of what is long by nature: test/sampling.ts. */
const seed = process.env["SIMULATE_SEED"] ?? String(Date.now() % 1_000_000);
process.stdout.write(`SIMULATE_SEED=${seed} tries the same again\n`);

const config: ViteUserConfig = {
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "scripts/generate-for-tests.mjs",
    // Runs in the other runtimes: npm run matrix. In the browser the example is enough here.
    exclude: [
      "**/node_modules/**",
      "test/runtimes/{together,workerd}/**",
      "test/runtimes/chromium/{acceptance,contract,host-options}.test.ts",
      "test/examples/**",
    ],
    pool: "forks",
    // One for each core. Files share them: starting one and loading everything takes longer than most files do.
    maxWorkers: "100%",
    isolate: false,
    env: { SIMULATE_SEED: seed },
    // Not for slow code but for a busy machine of two cores: no test decides by time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", "json"],
    outputFile: { json: ".cache/test-results.json" },
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      // What another runtime runs counts in its own leg of the matrix, not here through a stand-in.
      exclude: [
        "src/**/*.gen.ts",
        ...Object.values(COVERED_IN).flat(),
        // Counts with its own, longer runs.
        "src/testing/simulation/**",
      ],
      reporter: ["text", "json-summary", "html"],
      reportsDirectory: "coverage",
      thresholds: { lines: 95, branches: 95, functions: 95, statements: 95 },
    },
  },
};

export default config;

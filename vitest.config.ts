import type { ViteUserConfig } from "vitest/config";
import { COVERED_IN } from "./scripts/coverage-legs.mjs";

const config: ViteUserConfig = {
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "scripts/generate-for-tests.mjs",
    // Needs the other runtimes: npm run matrix.
    exclude: ["**/node_modules/**", "test/runtimes/{together,workerd}/**", "test/examples/**"],
    pool: "forks",
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

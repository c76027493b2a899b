import type { ViteUserConfig } from "vitest/config";

/** The suites in which several runtimes work together: npm run matrix. */
const config: ViteUserConfig = {
  test: {
    include: ["test/runtimes/together/**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
};

export default config;

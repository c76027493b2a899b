import type { ViteUserConfig } from "vitest/config";

/** The examples, each in its runtime, with the packed package: npm run matrix. */
const config: ViteUserConfig = {
  test: {
    include: ["test/examples/**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
};

export default config;

import type { ViteUserConfig } from "vitest/config";

/** What runs inside of workerd: npm run matrix. */
const config: ViteUserConfig = {
  test: {
    include: ["test/runtimes/workerd/**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
};

export default config;

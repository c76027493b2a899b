import type { ViteUserConfig } from "vitest/config";

/** What runs inside of Chromium: npm run matrix. */
const config: ViteUserConfig = {
  test: {
    include: ["test/runtimes/chromium/**/*.test.ts"],
    pool: "forks",
    maxWorkers: "100%",
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
};

export default config;

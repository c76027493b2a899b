import type { BuildConfig } from "unbuild";

const config: BuildConfig = {
  entries: [
    { builder: "rollup", name: "index", input: "src/index.ts" },
    { builder: "rollup", name: "node", input: "src/hosts/node.ts" },
    { builder: "rollup", name: "deno", input: "src/hosts/deno.ts" },
    { builder: "rollup", name: "bun", input: "src/hosts/bun.ts" },
    { builder: "rollup", name: "workerd", input: "src/hosts/workerd.ts" },
    { builder: "rollup", name: "memory", input: "src/hosts/memory.ts" },
    { builder: "rollup", name: "testing", input: "src/testing/index.ts" },
    // Starts with "#!", so the builder makes it executable.
    { builder: "rollup", name: "bin", input: "src/cli/bin.ts" },
  ],
  declaration: "node16", // ESM only: .d.mts and nothing beside it
  externals: [/^node:/],
  failOnWarn: true,
  hooks: {
    "rollup:dts:options": (_context, { input }) => {
      // Nobody imports the executable, so it needs no declarations.
      if (typeof input === "object" && !Array.isArray(input)) delete input["bin"];
    },
  },
  rollup: {
    emitCJS: false,
    esbuild: { target: "node20" },
    output: {
      // Each command is a chunk of its own, loaded when it is asked for: `catalog --version` reads none of them.
      chunkFileNames: "chunks/[name]-[hash].mjs",
      hoistTransitiveImports: false,
    },
  },
};

export default config;

import { fileURLToPath } from "node:url";
import type { BuildConfig } from "unbuild";
import { BROWSER_SCRIPTS, bundleBrowser } from "./scripts/bundle-browser.mjs";
import { generateFromPackages } from "./scripts/prepare.mjs";
import { stripComments } from "./scripts/strip-comments.mjs";

/** Keeps an entry out of one of the builder's two runs, of which one makes scripts, and the other declarations. */
function removeInput(input: unknown, name: string): void {
  if (typeof input === "object" && input !== null) Reflect.deleteProperty(input, name);
}

/** The verb that a module runs, for `src/cli/verbs/show/run.ts` and its like. */
function nameOfVerb(modulePath: string | null): string | undefined {
  return /verbs\/([a-z-]+)\/run\.ts$/.exec(modulePath ?? "")?.[1];
}

/** The builder's run for declarations has it, too; there comments are what they are for. */
const withoutComments = {
  name: "without-comments",
  renderChunk: (code: string, { fileName }: { readonly fileName: string }) =>
    fileName.endsWith(".d.mts") ? null : stripComments(code),
};

const config: BuildConfig = {
  entries: [
    { builder: "rollup", name: "index", input: "src/index.ts" },
    { builder: "rollup", name: "node", input: "src/hosts/node.ts" },
    { builder: "rollup", name: "deno", input: "src/hosts/deno.ts" },
    { builder: "rollup", name: "bun", input: "src/hosts/bun.ts" },
    { builder: "rollup", name: "workerd", input: "src/hosts/workerd.ts" },
    { builder: "rollup", name: "memory", input: "src/hosts/memory.ts" },
    // Of these the builder makes the declarations only.
    { builder: "rollup", name: "browser", input: BROWSER_SCRIPTS.browser },
    { builder: "rollup", name: "browser-worker", input: BROWSER_SCRIPTS["browser-worker"] },
    { builder: "rollup", name: "telemetry-otel", input: "src/adapters/telemetry/otel.ts" },
    { builder: "rollup", name: "testing", input: "src/testing/index.ts" },
    // Starts with "#!", so the builder makes it executable.
    { builder: "rollup", name: "bin", input: "src/cli/bin.ts" },
  ],
  declaration: "node16", // ESM only: .d.mts and nothing beside it
  externals: [/^node:/],
  failOnWarn: true,
  hooks: {
    "build:prepare": generateFromPackages,
    "rollup:options": (_context, { input, plugins }) => {
      // They are bundled otherwise.
      for (const name of Object.keys(BROWSER_SCRIPTS)) removeInput(input, name);
      plugins.push(withoutComments);
    },
    "rollup:done": () => bundleBrowser(fileURLToPath(new URL(".", import.meta.url))),
    "rollup:dts:options": (_context, { input }) => {
      // Nobody imports the executable, so it needs no declarations.
      removeInput(input, "bin");
      Object.assign(input ?? {}, BROWSER_SCRIPTS);
    },
  },
  rollup: {
    emitCJS: false,
    esbuild: { target: "node20" },
    output: {
      // Each command is a chunk of its own, loaded when it is asked for: `catalog --version` reads none of them.
      chunkFileNames: ({ facadeModuleId }: { readonly facadeModuleId: string | null }) =>
        `chunks/${nameOfVerb(facadeModuleId) ?? "[name]"}-[hash].mjs`,
      hoistTransitiveImports: false,
    },
  },
};

export default config;

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../components.ts";
import { ROOT } from "../package/built-package.ts";
import { pageWith, type ServedFile, startChromium } from "../runtimes/chromium/chromium.ts";
import { createExampleProject } from "./example-project.ts";

/** The part of Vite that is used; it is installed with the runtimes. */
interface Vite {
  build(options: object): Promise<unknown>;
}

/** The part of webpack that is used. */
type Webpack = (options: object, done: (error: Error | null, stats?: { toJson(): WebpackReport }) => void) => void;

interface WebpackReport {
  readonly errors: readonly { readonly message: string }[];
  readonly warnings: readonly { readonly message: string }[];
}

const HELLO_SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

const PAGE = `
  import { openCatalog } from "content-catalog/browser";
  const catalog = await openCatalog();
  const meta = { artifactId: "a", sourceUrl: "https://example.org/a.txt", resolver: "r" };
  const { record } = await catalog.ingest(new TextEncoder().encode("hello"), meta);
  await catalog.close();
  document.title = record.sha256;`;

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

let project = "";
const load = createRequire(join(ROOT, "test", "runtimes", "package.json"));

/** Each bundles `page.mjs` of the project into `out/NAME`, and gives its warnings and the name of the script. */
const BUNDLERS: Readonly<Record<string, (outdir: string) => Promise<readonly [string, readonly string[]]>>> = {
  esbuild: async (outdir) => {
    const entryPoints = { page: "page.mjs", "browser-worker": "content-catalog/browser/worker" };
    const { warnings } = await build({
      ...{ absWorkingDir: project, entryPoints, outdir, outExtension: { ".js": ".mjs" }, logLevel: "silent" },
      ...{ bundle: true, splitting: true, minify: true, format: "esm", platform: "browser" },
    });
    const wasm = join(project, "node_modules", "content-catalog", "dist", "sql-wasm.wasm");
    copyFileSync(wasm, join(outdir, "sql-wasm.wasm"));
    return ["page.mjs", warnings.map(({ text }) => text)];
  },
  Vite: async (outDir) => {
    const { build: buildWithVite }: Vite = await import(pathToFileURL(load.resolve("vite")).href);
    const warnings: string[] = [];
    const tell = (text: string): number => warnings.push(text);
    const customLogger = {
      info() {},
      warn: tell,
      warnOnce: tell,
      error: tell,
      clearScreen() {},
      hasErrorLogged: () => false,
    };
    // How long a plugin takes is no property of the package.
    const checks = { bundlerTimings: false };
    const rollupOptions = { input: join(project, "page.mjs"), output: { entryFileNames: "page.mjs" }, checks };
    await buildWithVite({
      ...{ root: project, base: "./", configFile: false, customLogger },
      ...{ build: { outDir, target: "es2022", rollupOptions }, worker: { format: "es" } },
    });
    return ["page.mjs", warnings];
  },
  webpack: async (path) => {
    const webpack: Webpack = load("webpack");
    const report = await new Promise<WebpackReport>((resolve, reject) => {
      const about = { mode: "production", context: project, entry: "./page.mjs", performance: false };
      webpack({ ...about, output: { path, filename: "page.js", publicPath: "auto" } }, (error, stats) => {
        if (error !== null || stats === undefined) reject(error ?? new Error("webpack told nothing"));
        else resolve(stats.toJson());
      });
    });
    return ["page.js", [...report.errors, ...report.warnings].map(({ message }) => message)];
  },
};

/** The files of a folder, as a server has them. */
function filesOf(folder: string): ReadonlyMap<string, ServedFile> {
  return new Map(
    readdirSync(folder, { recursive: true, encoding: "utf8" }).flatMap((name) => {
      const type = TYPES[extname(name)];
      return type === undefined
        ? []
        : [[`/${name.split(sep).join("/")}`, { type, body: readFileSync(join(folder, name)) }] as const];
    }),
  );
}

describeWith("chromium", "Package in a page", ({ program }) => {
  beforeAll(() => {
    project = createExampleProject();
    writeFileSync(join(project, "page.mjs"), PAGE);
  });

  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it.each(Object.keys(BUNDLERS))("keeps a catalog, bundled by %s without a warning", async (name) => {
    const folder = join(project, "out", name);
    mkdirSync(folder, { recursive: true });
    const [script, warnings] = (await BUNDLERS[name]?.(folder)) ?? ["", ["no such bundler"]];
    expect(warnings).toEqual([]);
    const browser = await startChromium(program, new Map([...filesOf(folder), ["/", pageWith(`/${script}`)]]));
    try {
      const page = await browser.open("/");
      await page.waitForFunction(() => document.title !== "test");
      expect(await page.title()).toBe(HELLO_SHA256);
    } finally {
      await browser.close();
    }
  });
});

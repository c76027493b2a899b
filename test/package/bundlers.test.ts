import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildOptions, build, type Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installPacked } from "./built-package.ts";

const META = '{ artifactId: "a", sourceUrl: "https://example.org/a.txt", resolver: "r" }';

const PROGRAMS = {
  "node.mjs": `
    import { openCatalog } from "content-catalog/node";
    const catalog = await openCatalog({ catalog: { path: "catalog.sqlite" }, storage: { rootDir: "data" } });
    const { outcome, record } = await catalog.ingest(new TextEncoder().encode("%PDF-1.7"), ${META});
    await catalog.close();
    console.log(outcome, record.contentType);`,
  "memory.mjs": `
    import { openCatalog } from "content-catalog/memory";
    const catalog = await openCatalog();
    const { outcome, record } = await catalog.ingest(new TextEncoder().encode("%PDF-1.7"), ${META});
    await catalog.close();
    console.log(outcome, record.contentType);`,
  "page.mjs": `
    import { openCatalog } from "content-catalog/browser";
    const catalog = await openCatalog();
    document.title = String((await catalog.stats()).documents);`,
  "worker.mjs": `
    import { openCatalog } from "content-catalog/workerd";
    import sqlWasm from "sql.js/dist/sql-wasm-browser.wasm";
    export default {
      async fetch() {
        const catalog = await openCatalog({ sqlWasm });
        return Response.json(await catalog.stats());
      },
    };`,
};

let project = "";

beforeAll(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), "content-catalog-bundle-")));
  installPacked(project);
  for (const [name, text] of Object.entries(PROGRAMS)) writeFileSync(join(project, name), text);
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

interface Bundled {
  readonly warnings: readonly string[];
  readonly outputs: Metafile["outputs"];
}

async function bundle(options: BuildOptions): Promise<Bundled> {
  const { warnings, metafile } = await build({
    ...{ absWorkingDir: project, bundle: true, format: "esm", metafile: true, logLevel: "silent" },
    ...options,
  });
  return { warnings: warnings.map(({ text }) => text), outputs: metafile?.outputs ?? {} };
}

/** What the written files ask for that is in none of them. */
function askedFor({ outputs }: Bundled): readonly string[] {
  const external = Object.values(outputs).flatMap(({ imports }) => imports.filter((each) => each.external === true));
  return [...new Set(external.map(({ path }) => path))].sort();
}

describe("bundled by esbuild, without a warning,", () => {
  it.each(["node.mjs", "memory.mjs"])("the program %s runs where nothing is installed", async (name) => {
    const outfile = join("out", name);
    const bundled = await bundle({ entryPoints: [name], platform: "node", outfile });
    expect(bundled.warnings).toEqual([]);
    expect(askedFor(bundled).filter((path) => !path.startsWith("node:"))).toEqual([]);
    const elsewhere = mkdtempSync(join(tmpdir(), "content-catalog-bundled-"));
    try {
      copyFileSync(join(project, outfile), join(elsewhere, name));
      const printed = execFileSync(process.execPath, [name], { cwd: elsewhere, encoding: "utf8" });
      expect(printed).toBe("created application/pdf\n");
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it("a page has the worker beside it that it starts", async () => {
    const entryPoints = { page: "page.mjs", "browser-worker": "content-catalog/browser/worker" };
    const bundled = await bundle({
      ...{ entryPoints, platform: "browser", splitting: true, outdir: "page", outExtension: { ".js": ".mjs" } },
    });
    expect(bundled.warnings).toEqual([]);
    expect(askedFor(bundled)).toEqual([]);
    expect(Object.keys(bundled.outputs)).toEqual(expect.arrayContaining(["page/page.mjs", "page/browser-worker.mjs"]));
  });

  it("a worker of the edge asks for its WebAssembly, and for no module of Node", async () => {
    const bundled = await bundle({
      ...{ entryPoints: ["worker.mjs"], platform: "browser", conditions: ["workerd", "worker", "browser"] },
      ...{ outdir: "edge", loader: { ".wasm": "copy" } },
    });
    expect(bundled.warnings).toEqual([]);
    expect(askedFor(bundled)).toEqual([]);
    expect(Object.keys(bundled.outputs).sort()).toEqual([
      expect.stringMatching(/^edge\/sql-wasm-browser-\w+\.wasm$/),
      "edge/worker.js",
    ]);
  });
});

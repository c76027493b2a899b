import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installPacked, linkPackages, loadedModules, ROOT, readManifest } from "./built-package.ts";

const known = new Map<string, readonly string[]>();

/** The packages that a file below `dist` loads, at once or later. */
function packagesOf(file: string): readonly string[] {
  const packages = known.get(file) ?? findPackages(file);
  known.set(file, packages);
  return packages;
}

function findPackages(file: string): readonly string[] {
  const names = [...loadedModules(file, { later: true }).packages]
    .filter((specifier) => !specifier.startsWith("node:") && !builtinModules.includes(specifier))
    .map((specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
  return [...new Set(names)].sort();
}

function entryFiles(): readonly (readonly [path: string, file: string])[] {
  return Object.entries(readManifest().exports).flatMap(([path, target]) =>
    typeof target === "string" ? [] : [[path, basename(target.default)] as const],
  );
}

describe("the packages that an entry needs", () => {
  it("are few, and none in a browser", () => {
    const needs = entryFiles().map(([path, file]) => `${path}: ${packagesOf(file).join(", ")}`);
    expect(needs).toMatchInlineSnapshot(`
      [
        ".: fastest-levenshtein",
        "./node: fastest-levenshtein, hash-wasm, sql.js, valibot",
        "./deno: fastest-levenshtein, hash-wasm, sql.js, valibot",
        "./bun: fastest-levenshtein, hash-wasm, sql.js, valibot",
        "./workerd: fastest-levenshtein, hash-wasm, sql.js, valibot",
        "./memory: fastest-levenshtein, hash-wasm, sql.js, valibot",
        "./browser: ",
        "./browser/worker: ",
        "./telemetry/otel: @opentelemetry/api",
        "./testing: ",
      ]
    `);
  });

  it("are declared, and all that is declared is needed", () => {
    const { dependencies, peerDependencies } = readManifest();
    const needed = new Set([...entryFiles().map(([, file]) => file), "bin.mjs"].flatMap(packagesOf));
    expect([...needed].sort()).toEqual([...Object.keys(dependencies), ...Object.keys(peerDependencies)].sort());
  });

  it("is exactly the sql.js whose WebAssembly is carried along, as the names between the two change with every build", () => {
    expect(readManifest().dependencies["sql.js"]).toMatch(/^\d+\.\d+\.\d+$/);
    const carried = readFileSync(join(ROOT, "src/adapters/sql/wasm/sql-wasm.gen.ts"), "utf8");
    const wasm = readFileSync(join(ROOT, "node_modules/sql.js/dist/sql-wasm-browser.wasm")).toString("base64");
    expect(carried.includes(`"${wasm}"`)).toBe(true);
  });

  it("are those that every user installs, but for the optional ones", () => {
    const { dependencies } = readManifest();
    const optional = entryFiles().filter(([, file]) => packagesOf(file).some((name) => !(name in dependencies)));
    expect(optional).toEqual([["./telemetry/otel", "telemetry-otel.mjs"]]);
  });
});

const INGEST = `
  const meta = { artifactId: "a", sourceUrl: "https://example.org/a.txt", resolver: "r" };
  const { outcome, record } = await catalog.ingest(new TextEncoder().encode("%PDF-1.7"), meta);
  await catalog.importManifest({ stream: new Blob([]).stream(), name: "none" }, { baseDir: "/" });
  await catalog.close();
  console.log(outcome, record.contentType);`;

/** What is done with an entry once it is loaded. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "./node": `const catalog = await entry.openCatalog({ storage: { rootDir: "data" } });${INGEST}`,
  "./memory": `const catalog = await entry.openCatalog();${INGEST}`,
  "./telemetry/otel": "await entry.createOtelTelemetry().span('catalog.import', {}, async () => {});",
};

describe("in a project with nothing else", () => {
  let project = "";

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), "content-catalog-needs-"));
    installPacked(project, []);
  });

  afterAll(() => rmSync(project, { recursive: true, force: true }));

  // The worker of the browser listens as soon as it is loaded, to what Node does not have.
  it.each(entryFiles().filter(([path]) => path !== "./browser/worker"))("works: entry %s", (path, file) => {
    const modules = join(project, "node_modules");
    for (const name of readdirSync(modules)) {
      if (name !== readManifest().name) rmSync(join(modules, name), { recursive: true });
    }
    linkPackages(project, packagesOf(file));
    const specifier = path.replace(".", readManifest().name);
    writeFileSync(join(project, "try.mjs"), `import * as entry from "${specifier}";\n${PROGRAMS[path] ?? ""}\n`);
    const printed = execFileSync(process.execPath, ["try.mjs"], { cwd: project, encoding: "utf8" });
    expect(printed).toBe(PROGRAMS[path]?.includes(INGEST) ? "created application/pdf\n" : "");
  });
});

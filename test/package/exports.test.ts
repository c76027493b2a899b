import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { builtFile, loadedModules, ROOT, readManifest } from "./built-package.ts";

async function exportsOf(name: string): Promise<readonly string[]> {
  const module: Record<string, unknown> = await import(pathToFileURL(builtFile(name)).href);
  return Object.keys(module).sort();
}

/** The files that package.json promises for imports, without the schema files. */
function promisedFiles(): readonly string[] {
  return Object.values(readManifest().exports).flatMap((target) => {
    if (typeof target !== "string") return [target.types, target.default];
    return target.startsWith("./dist/") ? [target] : [];
  });
}

describe("the entries export", () => {
  it("content-catalog", async () => {
    expect(await exportsOf("index.mjs")).toMatchInlineSnapshot(`
      [
        "CatalogError",
        "fileUriFromPath",
        "findPathOfUri",
        "isCatalogError",
        "openCatalog",
        "parseSha256",
        "parseSha256Prefix",
        "parseStorageUri",
        "parseTimestamp",
      ]
    `);
  });

  it("content-catalog/node", async () => {
    expect(await exportsOf("node.mjs")).toMatchInlineSnapshot(`
      [
        "openCatalog",
        "openNodeCatalog",
      ]
    `);
  });

  it("content-catalog/deno", async () => {
    expect(await exportsOf("deno.mjs")).toMatchInlineSnapshot(`
      [
        "openCatalog",
        "openDenoCatalog",
      ]
    `);
  });

  it("content-catalog/bun", async () => {
    expect(await exportsOf("bun.mjs")).toMatchInlineSnapshot(`
      [
        "openBunCatalog",
        "openCatalog",
      ]
    `);
  });

  it("content-catalog/workerd", async () => {
    expect(await exportsOf("workerd.mjs")).toMatchInlineSnapshot(`
      [
        "openCatalog",
      ]
    `);
  });

  it("content-catalog/memory", async () => {
    expect(await exportsOf("memory.mjs")).toMatchInlineSnapshot(`
      [
        "createMemoryFileSystem",
        "openCatalog",
      ]
    `);
  });

  it("content-catalog/browser", async () => {
    expect(await exportsOf("browser.mjs")).toMatchInlineSnapshot(`
      [
        "openCatalog",
      ]
    `);
  });

  it("content-catalog/telemetry/otel", async () => {
    expect(await exportsOf("telemetry-otel.mjs")).toMatchInlineSnapshot(`
      [
        "createOtelTelemetry",
      ]
    `);
  });

  it("content-catalog/testing", async () => {
    expect(await exportsOf("testing.mjs")).toMatchInlineSnapshot(`
      [
        "createFaultyFileSystem",
        "testBlobStore",
        "testFileSystem",
        "testHasher",
        "testSqlEngine",
      ]
    `);
  });
});

describe("package.json", () => {
  it("promises files that are built", () => {
    const promised = [...promisedFiles(), ...Object.values(readManifest().bin)];
    expect(promised.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it("promises every entry that is built", () => {
    const built = readdirSync(join(ROOT, "dist"), { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith("bin."))
      .map((entry) => `./dist/${entry.name}`);
    expect(built.sort()).toEqual([...promisedFiles()].sort());
  });
});

describe("deno.json", () => {
  interface DenoManifest {
    readonly version: string;
    readonly exports: Readonly<Record<string, string>>;
    readonly imports: Readonly<Record<string, string>>;
  }
  const deno: DenoManifest = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));

  it("promises the entries that package.json does, made from the same files", async () => {
    const { default: build } = await import("../../build.config.ts");
    const inputs = new Map(
      (build.entries ?? []).flatMap((entry) =>
        typeof entry === "string" || entry.name === undefined ? [] : [[entry.name, `./${entry.input}`]],
      ),
    );
    const promised = Object.entries(readManifest().exports).flatMap(([name, target]) =>
      typeof target === "string" ? [] : [[name, inputs.get(basename(target.default, ".mjs"))]],
    );
    expect(deno.exports).toEqual(Object.fromEntries(promised));
  });

  it("has the version of package.json, and takes the same versions of what it imports", () => {
    const { version, dependencies, peerDependencies } = readManifest();
    const ranges = { ...dependencies, ...peerDependencies };
    expect(deno.version).toBe(version);
    for (const [name, target] of Object.entries(deno.imports)) {
      if (name.split("/")[0] === "content-catalog") continue;
      const [packageName = "", ...path] = name.split("/");
      const [owner, rest] = packageName.startsWith("@")
        ? [`${packageName}/${path[0]}`, path.slice(1)]
        : [packageName, path];
      expect(target).toBe([`npm:${owner}@${ranges[owner]}`, ...rest].join("/"));
    }
  });

  it("lets the examples in comments call the entries as npm does", () => {
    const names = Object.entries(deno.imports).filter(([name]) => name.split("/")[0] === "content-catalog");
    const entries = Object.entries(deno.exports).map(([path, file]) => [path.replace(".", "content-catalog"), file]);
    expect(names.length).toBeGreaterThan(0);
    expect(entries).toEqual(expect.arrayContaining(names));
  });
});

describe.each(["package-lock.json", "test/runtimes/package-lock.json"])("the lock file %s", (path) => {
  it("names no download host", () => {
    const lock = readFileSync(join(ROOT, path), "utf8");
    expect(lock).toContain('"lockfileVersion": 3');
    expect(lock).not.toContain('"resolved"');
  });

  it("lists the packages of every platform, so that npm ci takes it anywhere", () => {
    const lock: { packages: Record<string, { optionalDependencies?: Record<string, string> }> } = JSON.parse(
      readFileSync(join(ROOT, path), "utf8"),
    );
    const missing = Object.entries(lock.packages).flatMap(([owner, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in lock.packages || `${owner}/node_modules/${name}` in lock.packages),
      ),
    );
    expect(missing).toEqual([]);
  });
});

describe("loading an entry", () => {
  it("brings in no adapter with the main one", () => {
    const foreign = [...loadedModules("index.mjs").packages].filter((name) =>
      /^(node:|sql\.js|hash-wasm|@opentelemetry\/)/.test(name),
    );
    expect(foreign).toEqual([]);
  });

  it("brings in modules of Node with the one for Node", () => {
    // Shows that the test above would see it.
    expect([...loadedModules("node.mjs").packages].some((name) => name.startsWith("node:"))).toBe(true);
  });

  it.each(["browser.mjs", "browser-worker.mjs"])("brings in no package with %s, as pages have none", (name) => {
    expect([...loadedModules(name).packages]).toEqual([]);
  });

  it.each(["memory.mjs", "workerd.mjs", "browser.mjs", "testing.mjs"])("brings in nothing of Node with %s", (name) => {
    expect([...loadedModules(name).packages].filter((specifier) => specifier.startsWith("node:"))).toEqual([]);
  });
});

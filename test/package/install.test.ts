import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installPacked, ROOT, readManifest } from "./built-package.ts";

/** About a tenth more than when it was last looked at. */
const MAX_ARCHIVE_BYTES = 1_800_000;

let project = "";
let packed: readonly string[] = [];

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "content-catalog-consumer-"));
  packed = installPacked(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
});

afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

function runNode(...args: readonly string[]): string {
  return execFileSync(process.execPath, args, { cwd: project, encoding: "utf8" });
}

describe("the packed package", () => {
  it("holds what a user needs and nothing else", () => {
    const shared = /^dist\/(?:chunks\/[\w.-]+\.mjs|shared\/[\w.-]+\.d\.mts)$/; // whose names change with the code
    expect(packed.filter((path) => !shared.test(path)).sort()).toMatchInlineSnapshot(`
      [
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "dist/bin.mjs",
        "dist/browser-worker.d.mts",
        "dist/browser-worker.mjs",
        "dist/browser.d.mts",
        "dist/browser.mjs",
        "dist/bun.d.mts",
        "dist/bun.mjs",
        "dist/deno.d.mts",
        "dist/deno.mjs",
        "dist/index.d.mts",
        "dist/index.mjs",
        "dist/licences/browser.txt",
        "dist/memory.d.mts",
        "dist/memory.mjs",
        "dist/node.d.mts",
        "dist/node.mjs",
        "dist/sql-wasm.wasm",
        "dist/telemetry-otel.d.mts",
        "dist/telemetry-otel.mjs",
        "dist/testing.d.mts",
        "dist/testing.mjs",
        "dist/workerd.d.mts",
        "dist/workerd.mjs",
        "package.json",
        "schema/0001_documents.sql",
        "schema/0002_claims.sql",
        "schema/0003_collection.sql",
        "schema/0004_verification.sql",
        "schema/0005_retention.sql",
        "schema/README.md",
        "schema/cli-output.schema.json",
        "schema/config.schema.json",
        "schema/evidence.schema.json",
        "schema/manifest-line.schema.json",
        "schema/oplog-engine.md",
        "schema/plan-line.schema.json",
        "schema/root-marker.schema.json",
      ]
    `);
  });

  it("is no larger than WebAssembly, twice, and scripts have to be", () => {
    const { name, version } = readManifest();
    expect(statSync(join(project, `${name}-${version}.tgz`)).size).toBeLessThan(MAX_ARCHIVE_BYTES);
  });

  it("has an executable that tells its version", () => {
    const bin = join(project, "node_modules", "content-catalog", readManifest().bin["catalog"] ?? "");
    expect(statSync(bin).mode & 0o111).toBe(0o111);
    expect(execFileSync(bin, ["--version"], { encoding: "utf8" })).toContain(readManifest().version);
  });

  it("keeps a catalog", () => {
    const script = `
      import { openCatalog } from "content-catalog/node";
      const settings = { catalog: { path: "catalog.sqlite" }, storage: { rootDir: "." } };
      const registration = { artifactId: "a", sourceUrl: "b", resolver: "c", bytes: 1, storageUri: "file:///d" };
      for (const outcome of ["created", "found"]) {
        const catalog = await openCatalog(settings);
        const result = await catalog.registerOrGet(registration);
        if (result.outcome !== outcome) throw new Error(result.outcome);
        await catalog.close();
      }
      console.log("kept");`;
    expect(runNode("--input-type=module", "--eval", script)).toBe("kept\n");
  });

  it.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])("has types that compile for module %s, resolved as %s", (module, moduleResolution) => {
    const compilerOptions = {
      ...{
        target: "es2022",
        module,
        moduleResolution,
        lib: ["ES2023", "DOM", "DOM.AsyncIterable", "ESNext.Disposable"],
      },
      ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false, types: [] },
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
    writeFileSync(join(project, "consumer.ts"), CONSUMER);
    expect(compile()).toBe("");
    writeFileSync(join(project, "consumer.ts"), `${CONSUMER}\nconst wrong: string = record.bytes;\n`);
    expect(compile()).toContain("Type 'number' is not assignable to type 'string'");
  });
});

const CONSUMER = `
import { type Catalog, type DocumentRecord, isCatalogError } from "content-catalog";
import { openCatalog } from "content-catalog/node";
import { openCatalog as openInDeno } from "content-catalog/deno";
import { openCatalog as openInBun } from "content-catalog/bun";
import { openCatalog as openAtEdge, type R2BucketBinding } from "content-catalog/workerd";
import { openCatalog as openInBrowser } from "content-catalog/browser";
import * as memory from "content-catalog/memory";
import { createOtelTelemetry } from "content-catalog/telemetry/otel";
import * as testing from "content-catalog/testing";

const telemetry = createOtelTelemetry();
const catalog: Catalog = await openCatalog({ catalog: { path: "catalog.sqlite" }, storage: { rootDir: "." }, telemetry });
const record: DocumentRecord = await catalog.getById(1);
export const size: number = record.bytes;
export const failed: boolean = isCatalogError(new Error("no"), "NOT_FOUND");
export const entries = [memory, testing, openInDeno, openInBrowser, openInBun, openAtEdge];
export const bucket: R2BucketBinding | undefined = undefined;
`;

/** What the compiler says about the project. */
function compile(): string {
  try {
    runNode(join(ROOT, "node_modules", "typescript", "bin", "tsc"), "-p", ".");
    return "";
  } catch (error) {
    return error instanceof Error && "stdout" in error ? String(error.stdout) : String(error);
  }
}

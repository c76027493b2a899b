import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
// biome-ignore lint/correctness/useImportExtensions: that is its extension; what ends in .d.mts are its types.
import { buildForBrowsers } from "../../scripts/bundle-browser.mjs";
import { ROOT } from "./built-package.ts";

const DIST = join(ROOT, "dist");

/** What the bundler writes before each part of a bundle that comes from a package. */
const PART = /^\/\/ (?:.*node_modules\/)?((?:@[^/\s]+\/)?[\w.-]+)\/\S+\.js$/gm;

/** The packages that have a part in a bundle. */
function packagesIn(bundle: string): readonly string[] {
  return [...new Set([...bundle.matchAll(PART)].map(([, name = ""]) => name))].sort();
}

/** The packages of which a text does not say, in their own words, who may use them. */
function withoutLicence(text: string, packages: readonly string[]): readonly string[] {
  const onOneLine = (words: string): string => words.replace(/\s+/g, " ").trim();
  return packages.filter((name) => {
    const folder = join(ROOT, "node_modules", name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry)) ?? "LICENSE";
    return !onOneLine(text).includes(onOneLine(readFileSync(join(folder, file), "utf8")));
  });
}

/** file-type and the packages that it needs. */
const OF_FILE_TYPE = packagesIn(readFileSync(join(ROOT, "src/catalog/ingest/file-type.gen.ts"), "utf8"));

const built = readdirSync(DIST, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".mjs"))
  .map((path) => readFileSync(join(DIST, path), "utf8"));

it("keeps the licences of all that is in the scripts for browsers beside them", async () => {
  const { outputFiles = [] } = await buildForBrowsers(ROOT, { write: false });
  const packages = [...new Set([...OF_FILE_TYPE, ...outputFiles.flatMap(({ text }) => packagesIn(text))])];
  expect(packages).toEqual(expect.arrayContaining(["file-type", "hash-wasm", "sql.js", "strtok3"]));
  const licences = readFileSync(join(DIST, "licences", "browser.txt"), "utf8");
  expect(withoutLicence(licences, packages)).toEqual([]);
});

it("keeps the licences of file-type and of what it needs in each script that has its code", () => {
  const scripts = built.filter((text) => text.includes("fileTypeFromBuffer("));
  expect(scripts.length).toBe(2); // for browsers, and for all others
  expect(scripts.flatMap((text) => withoutLicence(text, OF_FILE_TYPE))).toEqual([]);
});

it("has no other comments in scripts, as the declarations have them", () => {
  expect(built.flatMap((text) => text.match(/^\s*(?:\/\*\*|\/\/).*$/gm) ?? [])).toEqual([]);
});

it("keeps the licence of sql.js in the script that has its WebAssembly", () => {
  const wasm = readFileSync(join(ROOT, "node_modules/sql.js/dist/sql-wasm.wasm")).toString("base64");
  const scripts = built.filter((text) => text.includes(wasm));
  expect(scripts.length).toBe(1);
  expect(scripts.flatMap((text) => withoutLicence(text, ["sql.js"]))).toEqual([]);
});

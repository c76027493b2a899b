import { describe, expect, it } from "vitest";
import { adaptersApart, importDirection, importExtensions, noBarrels, runtimeNames } from "./import-rules.ts";
import { corePure, portsOnlyTypes, sqlAtHome } from "./purity-rules.ts";
import {
  documentedExports,
  fieldWords,
  fileLength,
  fileNames,
  folderSize,
  functionLength,
  noDefaultExports,
  nothingLeftOpen,
  privateFiles,
} from "./shape-rules.ts";
import { parseUnit, type Rule } from "./source-unit.ts";

/** A file that breaks the rule, one that keeps it, and what is said about the first. */
type Case = readonly [
  name: string,
  rule: Rule,
  bad: readonly [string, string],
  good: readonly [string, string],
  RegExp,
];

const cases: readonly Case[] = [
  [
    "core importing ports",
    importDirection,
    ["src/core/a.ts", 'import type { B } from "../ports/b.ts";'],
    ["src/ports/a.ts", 'import type { B } from "../core/b.ts";'],
    /^src\/core\/a\.ts:1: core must not import ports/,
  ],
  [
    "a dynamic import upwards",
    importDirection,
    ["src/catalog/a.ts", '\nexport const a = () => import("../hosts/node.ts");'],
    ["src/cli/a.ts", 'export const a = () => import("../hosts/node.ts");'],
    /^src\/catalog\/a\.ts:2: catalog must not import hosts/,
  ],
  [
    "a type import in place",
    importDirection,
    ["src/adapters/fs/a.ts", 'export type A = import("../../catalog/b.ts").B;'],
    ["src/adapters/fs/a.ts", 'export type A = import("../../ports/b.ts").B;'],
    /adapters must not import catalog/,
  ],
  [
    "the main entry imported",
    importDirection,
    ["src/cli/a.ts", 'import { a } from "../index.ts";'],
    ["src/index.ts", 'export { a } from "./catalog/a.ts";'],
    /cli must not import index/,
  ],
  [
    "an import from outside src",
    importDirection,
    ["src/catalog/a.ts", 'import a from "../../package.json";'],
    ["src/catalog/a.ts", 'import { a } from "package";'],
    /which is not part of src/,
  ],
  [
    "an adapter importing another",
    adaptersApart,
    ["src/adapters/sql/oplog/a.ts", 'import { b } from "../../fs/b.ts";'],
    ["src/adapters/sql/oplog/a.ts", 'import { b } from "../b.ts";'],
    /another adapter's folder/,
  ],
  [
    "an import without extension",
    importExtensions,
    ["src/core/a.ts", 'import { b } from "./b";'],
    ["src/core/a.ts", 'import { b } from "./b.ts";'],
    /must name a \.ts file/,
  ],
  [
    "a built-in module",
    runtimeNames,
    ["src/catalog/a.ts", 'import { join } from "node:path";'],
    ["src/adapters/fs/node.ts", 'import { join } from "node:path";'],
    /node:path belongs to one runtime/,
  ],
  [
    "a runtime's global",
    runtimeNames,
    ["src/cli/a.ts", "export const a = process.argv;"],
    ["src/cli/a.ts", "export const a = (o: O) => o.process.self();"],
    /process belongs to one runtime/,
  ],
  [
    "a runtime's global that is a type",
    runtimeNames,
    ["src/cli/a.ts", "export type A = Buffer;"],
    ["src/cli/a.ts", "export const a = (process: P) => process.self();"],
    /Buffer belongs to one runtime/,
  ],
  [
    "a runtime's global by way of globalThis",
    runtimeNames,
    ["src/cli/a.ts", "export const a = globalThis.Buffer;"],
    ["src/cli/bin.ts", "export const a = globalThis.Buffer;"],
    /Buffer belongs to one runtime/,
  ],
  [
    "a barrel",
    noBarrels,
    ["src/core/index.ts", 'export * from "./a.ts";'],
    ["src/hosts/node.ts", 'export { a } from "../catalog/a.ts";'],
    /only entries may re-export/,
  ],
  [
    "waiting in core",
    corePure,
    ["src/core/a.ts", "export async function a() {}"],
    ["src/catalog/a.ts", "export async function a() {}"],
    /core must not wait/,
  ],
  [
    "the clock in core",
    corePure,
    ["src/core/a.ts", "export const a = () => Date.now();"],
    ["src/core/a.ts", "export const a = (now: number) => new Date(now);"],
    /core must not use Date\.now/,
  ],
  [
    "today in core",
    corePure,
    ["src/core/a.ts", "export const a = () => new Date();"],
    ["src/core/a.ts", "export const a = Date.UTC(2025, 1);"],
    /core must not use new Date\(\)/,
  ],
  [
    "chance in core",
    corePure,
    ["src/core/a.ts", "export const a = () => Math.random();"],
    ["src/core/a.ts", "export const a = () => Math.floor(1);"],
    /core must not use Math\.random/,
  ],
  [
    "code in a port",
    portsOnlyTypes,
    ["src/ports/a.ts", "export const a = 1;"],
    ["src/ports/a.ts", "export interface A {}"],
    /interfaces and types only/,
  ],
  [
    "SQL in a use case",
    sqlAtHome,
    ["src/catalog/find.ts", "export const a = `SELECT id FROM $" + "{b}`;"],
    ["src/catalog/find/find-statements.ts", 'export const a = "SELECT id FROM b";'],
    /SQL belongs into/,
  ],
  [
    "a long file",
    fileLength,
    ["src/core/a.ts", "//\n".repeat(401)],
    ["test/core/a.test.ts", "//\n".repeat(401)],
    /has 401 lines, the limit is 400/,
  ],
  [
    "a long function",
    functionLength,
    ["src/core/a.ts", `class A { b = () => {${"\n".repeat(40)}} }`],
    ["src/core/a.ts", `class A { b = () => {${"\n".repeat(39)}} }`],
    /function of 41 lines/,
  ],
  [
    "a name in camelCase",
    fileNames,
    ["src/core/storageUri.ts", ""],
    ["src/core/_storage-uri.ts", ""],
    /not named in kebab-case/,
  ],
  ["a name that says nothing", fileNames, ["src/core/utils.ts", ""], ["src/core/path.ts", ""], /named after nothing/],
  [
    "a private file imported from elsewhere",
    privateFiles,
    ["src/core/a.ts", 'import { b } from "./b/_c.ts";'],
    ["src/core/a.ts", 'import { b } from "./_c.ts";'],
    /private to another folder/,
  ],
  [
    "a default export",
    noDefaultExports,
    ["src/core/a.ts", "export default function a() {}"],
    ["src/core/a.ts", "export function a() {}"],
    /default export/,
  ],
  [
    "a default export of an expression",
    noDefaultExports,
    ["src/core/a.ts", "export default 1;"],
    ["src/core/a.ts", "export const a = 1;"],
    /default export/,
  ],
  [
    "an export without a comment",
    documentedExports,
    ["src/core/a.ts", "// not for readers\nexport const a = 1;"],
    ["src/core/a.ts", "/** One. */\nexport function a(b: 1): 1;\nexport function a(b: 2): 2;\nfunction c() {}"],
    /without a doc comment/,
  ],
  [
    "a word of our own",
    fieldWords,
    ["src/core/a.ts", "const canFoldLog = true;"],
    ["src/core/a.ts", "const folder = 1; // 64 bits folded to 40"],
    /a\.ts:1: fold: say checkpoint/,
  ],
  [
    "work left open",
    nothingLeftOpen,
    ["src/core/a.ts", `// ${"TO"}${"DO"} later`],
    ["src/core/a.ts", "// to do so is right"],
    /^src\/core\/a\.ts:1: is left for later/,
  ],
];

describe("a rule", () => {
  it.each(cases)("sees %s, and lets the other pass", (_name, rule, bad, good, message) => {
    expect(rule([parseUnit(...bad)])).toEqual([expect.stringMatching(message)]);
    expect(rule([parseUnit(...good)])).toEqual([]);
  });

  it("sees a folder that is too full", () => {
    const files = Array.from({ length: 13 }, (_, index) => parseUnit(`src/core/a${index}.ts`, ""));
    expect(folderSize(files)).toEqual(["src/core:0: holds 13 files, the limit is 12"]);
    expect(folderSize(files.slice(1))).toEqual([]);
  });
});

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
import { readUnits } from "./source-unit.ts";

const source = readUnits("src");
const tests = readUnits("test");
const scripts = readUnits("scripts");

describe("src", () => {
  it("is there to be judged", () => {
    expect(source.map(({ path }) => path)).toContain("src/index.ts");
    expect(tests.length).toBeGreaterThan(0);
    expect(scripts.length).toBeGreaterThan(0);
  });

  it.each([
    ["imports only downwards: errors < core < ports < catalog < adapters, testing < hosts < cli", importDirection],
    ["keeps adapters apart from each other", adaptersApart],
    ["names files with their extension", importExtensions],
    ["keeps what belongs to one runtime in the files for it", runtimeNames],
    ["re-exports in entries only", noBarrels],
    ["keeps core pure", corePure],
    ["keeps ports free of code", portsOnlyTypes],
    ["keeps SQL in its place", sqlAtHome],
    ["has no folder that is too full", folderSize],
    ["keeps private files private", privateFiles],
    ["has no default exports", noDefaultExports],
    ["documents every export", documentedExports],
    ["calls things as the field does", fieldWords],
  ])("%s", (_name, rule) => {
    expect(rule(source)).toEqual([]);
  });
});

describe("src, scripts and tests", () => {
  it("keep files short", () => {
    expect(fileLength([...source, ...tests, ...scripts])).toEqual([]);
  });

  it("keep functions short", () => {
    // A `describe` is one function of many tests.
    expect(functionLength([...source, ...scripts, ...tests.filter(({ path }) => !/\.test\.ts$/.test(path))])).toEqual(
      [],
    );
  });

  it("name files after what they hold", () => {
    expect(fileNames([...source, ...tests, ...scripts])).toEqual([]);
  });

  it("leave nothing for later", () => {
    expect(nothingLeftOpen([...source, ...tests, ...scripts])).toEqual([]);
  });
});

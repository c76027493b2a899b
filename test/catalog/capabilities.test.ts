import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const SOURCE = new URL("../../src/catalog/", import.meta.url);

/** Every folder that declares a part of the catalog's interface. */
const CAPABILITIES: readonly string[] = readdirSync(SOURCE).filter((name) =>
  existsSync(new URL(`${name}/${name}-capability.ts`, SOURCE)),
);

const read = (name: string): string => readFileSync(new URL(name, SOURCE), "utf8");

describe("a capability", () => {
  it("has a folder of its own", () => {
    const declared = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith("-capability.ts"))
      .map((name) => name.replaceAll("\\", "/"));
    expect(declared.sort()).toEqual(CAPABILITIES.map((name) => `${name}/${name}-capability.ts`).sort());
    expect(declared).not.toEqual([]);
  });

  it.each(CAPABILITIES)("%s is part of the catalog, made when one is opened, and tested by the same name", (name) => {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Capability`;
    expect(read("catalog.ts")).toMatch(new RegExp(`\\b${type}\\b[,\\s{]`));
    expect(read("open.ts")).toContain(`...calls.guard(create${type}(context)`);
    expect(existsSync(new URL(`${name}/`, new URL("./", import.meta.url)))).toBe(true);
  });
});

import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SETTING_KEYS } from "../../../src/core/settings/setting-keys.ts";
import { parseSettingValues } from "../../../src/core/settings.ts";

const schema: unknown = JSON.parse(
  await readFile(new URL("../../../schema/config.schema.json", import.meta.url), "utf8"),
);
if (typeof schema !== "object" || schema === null) throw new Error("The schema is no object");
const validate = new Ajv2020({ allErrors: true, strict: true }).compile(schema);

/** Whether the configuration can be used, as far as one file alone can tell. */
function isUsable(raw: unknown): boolean {
  try {
    parseSettingValues(raw, "test");
    return true;
  } catch {
    return false;
  }
}

/** Values of every kind, right and wrong ones, for every key. */
const VALUES: readonly unknown[] = [
  ...[true, false, null, 0, 1, 7, 0.5, -1, 1e300, 2 ** 53, [], {}, ["x"]],
  ...[
    "",
    " ",
    "x",
    "a/b",
    "..",
    "a\0",
    "a\ud800",
    "😀",
    "\n",
    "con",
    "CON.txt",
    ".x",
    "x.",
    "x".repeat(64),
    "x".repeat(65),
  ],
  ...[
    "fs",
    "s3",
    "cas",
    "policy_path",
    "sqlite",
    "postgres",
    "auto",
    "wasm",
    "native",
    "batch",
    "keep",
    "STANDARD",
    "standard",
  ],
  ...["s3://b/k", "postgres://u:p@h/d", "PostgreSQL://h", " postgres://h", "mysql://h", "C:/x", "true", "1"],
];

describe("schema/config.schema.json", () => {
  it.each([
    [{}, true],
    [{ $schema: "./config.schema.json" }, true],
    [{ $schema: 1 }, false],
    [{ storage: {}, catalog: {} }, true],
    [{ storage: null, catalog: null }, true],
    [{ catalog: false }, true],
    [{ catalog: true }, false],
    [{ storage: false }, false],
    [{ storage: [] }, false],
    [{ other: {} }, false],
    [{ storage: { other: 1 } }, false],
    [{ storage: { path: "x" } }, false],
    [{ catalog: { rootDir: "x" } }, false],
    [JSON.parse('{"__proto__": {}}'), false],
    [[], false],
    [null, false],
    ["x", false],
  ])("agrees with the parser about %j", (raw, usable) => {
    expect([validate(raw), isUsable(raw)]).toEqual([usable, usable]);
  });

  it.each(SETTING_KEYS)("agrees with the parser about every value of $path", (key) => {
    const verdicts = VALUES.map((value) => {
      const raw = { [key.section]: { [key.name]: value } };
      expect([value, validate(raw)]).toEqual([value, isUsable(raw)]);
      return validate(raw);
    });
    expect(new Set(verdicts)).toEqual(new Set([true, false]));
  });

  it("agrees with the parser about random texts", () => {
    const key = fc.constantFrom(...SETTING_KEYS.filter(({ kind }) => kind === "text" || kind === "path"));
    fc.assert(
      fc.property(key, fc.string({ unit: "binary" }), ({ section, name }, text) => {
        const raw = { [section]: { [name]: text } };
        expect(validate(raw)).toBe(isUsable(raw));
      }),
      { numRuns: 2000 },
    );
  });

  it("tells editors description and default of every key", () => {
    const text = JSON.stringify(schema);
    for (const key of SETTING_KEYS) {
      expect(text).toContain(`"${key.name}":{"description":${JSON.stringify(key.description)}`);
      expect(text).toContain(`"default":${JSON.stringify(key.default)}`);
    }
  });
});

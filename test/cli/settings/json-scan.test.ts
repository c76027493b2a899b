import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findJsonFault } from "../../../src/cli/settings/_json-scan.ts";

describe("findJsonFault", () => {
  it("finds nothing in any JSON text", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, "\t"), (value, indent) => {
        expect(findJsonFault(JSON.stringify(value, null, indent), false)).toBeUndefined();
      }),
    );
  });

  it("finds a fault exactly where JSON.parse does", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"b"',
      "1",
      "-",
      "01",
      "true",
      "nul",
      " ",
      '"',
      "\\",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const text = pieces.join("");
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        const fault = findJsonFault(text, false);
        expect(fault === undefined || fault.reason.endsWith("twice")).toBe(valid);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ["[1,]", 3, "expected a value"],
    ['{"a":1,}', 7, "expected a key in double quotes"],
    ["{1:2}", 1, 'expected a key in double quotes or "}"'],
    ["[:", 1, 'expected a value or "]"'],
    ['{"a" 1}', 5, 'expected ":"'],
    ["[1 2]", 3, 'expected "," or the end of the group'],
    ["[1}", 2, 'expected "," or the end of the group'],
    ["1 2", 2, "expected the end of the file"],
    ["[", 1, "the text ends too early"],
    ["/* */1", 0, "expected a value"],
    ['{"a":1,"\\u0061":2}', 7, "this key stands in the group twice"],
  ])("%s", (text, offset, reason) => {
    expect(findJsonFault(text, false)).toEqual({ offset, reason });
  });

  it("allows comments and trailing commas where they are allowed", () => {
    expect(findJsonFault('// a\n{"a": [1, /* , */], "b": {"c": 1,}, }', true)).toBeUndefined();
    expect(findJsonFault("[1,,]", true)).toEqual({ offset: 3, reason: 'expected a value or "]"' });
    expect(findJsonFault("1 /* open", true)).toEqual({ offset: 2, reason: "expected the end of the file" });
  });

  it("takes the same key in different groups", () => {
    expect(findJsonFault('{"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}', false)).toBeUndefined();
  });
});

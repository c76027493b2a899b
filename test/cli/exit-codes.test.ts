import { describe, expect, it } from "vitest";
import { asUsage, EXIT, EXIT_CODE_TEXTS, exitCodeOf, UsageError } from "../../src/cli/exit-codes.ts";
import { CatalogError, type ErrorCode, type ErrorDetails } from "../../src/errors.ts";

function failWith(code: ErrorCode): CatalogError {
  return new CatalogError(code, "Cannot", { details: {} as ErrorDetails[ErrorCode] });
}

describe("exitCodeOf", () => {
  it.each([
    ["NOT_FOUND", 2],
    ["CONFIGURATION", 2],
    ["REFUSED", 4],
    ["BUSY", 11],
    ["CORRUPT", 12],
    ["DIVERGED", 12],
    ["SCHEMA_TOO_NEW", 13],
    ["CONFLICT", 5],
    ["INTEGRITY", 5],
    ["SIZE_MISMATCH", 5],
    ["READ_ONLY", 5],
    ["NO_SPACE", 5],
    ["PERMISSION", 5],
    ["UNAVAILABLE", 5],
    ["BACKEND", 5],
    ["UNSUPPORTED", 5],
    ["CLOSED", 5],
    ["NOT_COMMITTED", 5],
    ["OUTCOME_UNKNOWN", 5],
  ] as const)("maps %s to %i", (code, expected) => {
    expect(exitCodeOf(failWith(code))).toBe(expected);
  });

  it("takes a code that it does not know for a failure", () => {
    expect(exitCodeOf(failWith("OF_A_LATER_VERSION" as ErrorCode))).toBe(EXIT.failed);
  });

  it("takes what nobody expected for a failure, also built-in errors", () => {
    expect(exitCodeOf(new TypeError("x is undefined"))).toBe(EXIT.failed);
    expect(exitCodeOf("text")).toBe(EXIT.failed);
  });

  it("takes wrong usage for what it is", () => {
    expect(exitCodeOf(new UsageError("no"))).toBe(EXIT.usage);
  });
});

describe("asUsage", () => {
  it.each([new SyntaxError("a"), new RangeError("b"), new TypeError("c")])("turns a %s into wrong usage", (error) => {
    const parse = () => {
      throw error;
    };
    expect(() => asUsage(parse)).toThrow(UsageError);
    expect(() => asUsage(parse)).toThrow(error.message);
  });

  it("lets results and other errors through", () => {
    expect(asUsage(() => 5)).toBe(5);
    const error = failWith("BACKEND");
    expect(() =>
      asUsage(() => {
        throw error;
      }),
    ).toThrow(error);
  });
});

describe("EXIT_CODE_TEXTS", () => {
  it("explains every code", () => {
    expect(EXIT_CODE_TEXTS.map(([code]) => code)).toEqual(Object.values(EXIT));
  });
});

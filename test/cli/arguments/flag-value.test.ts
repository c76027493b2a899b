import { describe, expect, it } from "vitest";
import type { FlagDefinition } from "../../../src/cli/arguments/flag.ts";
import { findSizeBytes, listChoices, parseFlagValue } from "../../../src/cli/arguments/flag-value.ts";

const NOW_MS = Date.UTC(2025, 0, 31);

function parse(flag: Partial<FlagDefinition>, text: string): string | number {
  return parseFlagValue({ name: "flag", kind: "text", summary: "", ...flag }, text, NOW_MS);
}

describe("findSizeBytes", () => {
  it.each([
    ["0", 0],
    ["512", 512],
    ["512B", 512],
    ["4kB", 4000],
    ["4KiB", 4096],
    ["10MiB", 10_485_760],
    ["1.5 gib", 1_610_612_736],
    ["2TB", 2e12],
    [" 1 TiB ", 2 ** 40],
    ["1GB", 1e9],
    ["3MB", 3e6],
  ])("reads %s", (text, sizeBytes) => {
    expect(findSizeBytes(text)).toBe(sizeBytes);
  });

  it.each(["", "-1", "10M", "MiB", "1e3", "1,5MiB", "99999999TiB", "ten"])("cannot read %j", (text) => {
    expect(findSizeBytes(text)).toBeUndefined();
  });
});

describe("parseFlagValue", () => {
  it("reads each kind", () => {
    expect(parse({}, "007")).toBe("007");
    expect(parse({ kind: "file" }, "a b")).toBe("a b");
    expect(parse({ kind: "integer" }, "0")).toBe(0);
    expect(parse({ kind: "size" }, "1KiB")).toBe(1024);
    expect(parse({ kind: "moment" }, "30d")).toBe("2025-01-01T00:00:00.000Z");
    expect(parse({ kind: "moment" }, "2024-02-29")).toBe("2024-02-29T00:00:00.000Z");
    expect(parse({ kind: "hash" }, "SHA256:ABCD")).toBe("abcd");
    expect(parse({ kind: "choice", choices: ["a", "b"] }, "b")).toBe("b");
    expect(parse({ kind: "assignment" }, "a.b=c=d")).toBe("a.b=c=d");
    expect(parse({ kind: "assignment", choices: ["path"] }, "path=file.path")).toBe("path=file.path");
  });

  it.each<[Partial<FlagDefinition>, string, string]>([
    [{}, " ", 'Cannot use --flag " ": it is empty'],
    [{ kind: "integer" }, "1.5", 'Cannot use --flag "1.5": expected a whole number from 0'],
    [{ kind: "integer", minimum: 1 }, "0", 'Cannot use --flag "0": expected a whole number from 1'],
    [{ kind: "integer" }, "99999999999999999999", "whole number"],
    [{ kind: "size" }, "10M", 'Cannot use --flag "10M": expected a size like "512", "4kB" or "10MiB"'],
    [{ kind: "moment" }, "yesterday", 'Cannot use --flag "yesterday": expected a date like'],
    [{ kind: "moment" }, "2025-02-30", 'Cannot use --flag "2025-02-30": expected a date like'],
    [{ kind: "moment" }, "9999999y", "expected a date like"],
    [{ kind: "hash" }, "abc", 'Cannot use --flag "abc": expected 4 to 64 hexadecimal characters'],
    [{ kind: "choice", choices: ["a", "b", "c"] }, "d", 'Cannot use --flag "d": expected a, b or c'],
    [{ kind: "choice" }, "d", 'Cannot use --flag "d": expected '],
    [{ kind: "assignment" }, "=x", 'Cannot use --flag "=x": expected NAME=VALUE'],
    [{ kind: "assignment", placeholder: "KEY=VALUE" }, "x", 'Cannot use --flag "x": expected KEY=VALUE'],
    [{ kind: "assignment", choices: ["a", "b"] }, "c=d", 'Cannot use --flag "c=d": expected one of a, b before "="'],
  ])("refuses %j %j", (flag, text, message) => {
    expect(() => parse(flag, text)).toThrow(
      expect.objectContaining({ name: "UsageError", message: expect.stringContaining(message) }),
    );
  });
});

describe("listChoices", () => {
  it("puts names into words", () => {
    expect([listChoices([]), listChoices(["a"]), listChoices(["a", "b"])]).toEqual(["", "a", "a or b"]);
  });
});

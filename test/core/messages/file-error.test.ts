import { describe, expect, it } from "vitest";
import { asCatalogError, hasCode } from "../../../src/core/messages/file-error.ts";
import { CatalogError } from "../../../src/errors.ts";

const posix = (code: string): Error => Object.assign(new Error(`${code}: it failed`), { code });
const action = { verb: "read", path: "/a\u001b" };

describe("asCatalogError", () => {
  it.each([
    ["ENOENT", "NOT_FOUND"],
    ["ENOTDIR", "NOT_FOUND"],
    ["EACCES", "PERMISSION"],
    ["EPERM", "PERMISSION"],
    ["EROFS", "READ_ONLY"],
    ["ENOSPC", "NO_SPACE"],
    ["EXDEV", "UNSUPPORTED"],
    ["EDQUOT", "NO_SPACE"],
    ["EIO", "BACKEND"],
  ])("maps %s to %s", (code, expected) => {
    const cause = posix(code);
    const error = asCatalogError(cause, action);
    expect(error).toMatchObject({ name: "CatalogError", code: expected, cause });
    expect((error as CatalogError).message).toContain('Cannot read "/a\\x1b"');
  });

  it("leaves other errors alone", () => {
    const mine = new CatalogError("CLOSED", "x", { details: { what: "y" } });
    const abort = new DOMException("stop", "AbortError");
    const plain = new TypeError("x");
    for (const error of [mine, abort, plain, "text", Object.assign(new Error("x"), { code: 7 })]) {
      expect(asCatalogError(error, action)).toBe(error);
    }
  });
});

describe("hasCode", () => {
  it("looks at the code only", () => {
    expect(hasCode(posix("ENOENT"), "EEXIST", "ENOENT")).toBe(true);
    expect(hasCode(posix("EIO"), "ENOENT")).toBe(false);
    expect(hasCode(new Error("ENOENT"), "ENOENT")).toBe(false);
    expect(hasCode({ code: "ENOENT" }, "ENOENT")).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { asCatalogError, hasCode, isExhaustion } from "../../../src/core/messages/file-error.ts";
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

  it.each([
    ["open", "/x/it's.oplog", "'/x/it'\\''s.oplog' && chmod u+rw '/x/it'\\''s.oplog' (where"],
    ["mkdir", "/x/c.sqlite.1.d", "'/x' && chmod u+rwx '/x'"],
    ["unlink", "/x/c.sqlite.lock", "'/x' && chmod u+rwx '/x'"],
  ])("names what stands in the way, and how it is made usable: %s", (syscall, path, fix) => {
    const cause = Object.assign(posix("EACCES"), { path, syscall });
    const error = asCatalogError(cause, action);
    expect(error).toMatchObject({ code: "PERMISSION", details: { path }, hint: expect.stringContaining(fix) });
    expect((error as CatalogError).message).toBe(
      `Cannot read "/a\\x1b": the operating system denied access to "${path}" (EACCES)`,
    );
  });

  it("gives no POSIX command for a path of Windows", () => {
    const cause = Object.assign(posix("EPERM"), { path: "C:/x/c.sqlite.lock", syscall: "open" });
    expect((asCatalogError(cause, action) as CatalogError).hint).not.toContain("chown");
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

describe("isExhaustion", () => {
  it("tells what the process has no more of from what is wrong with a file", () => {
    expect(["EMFILE", "ENFILE", "ENOMEM"].map((code) => isExhaustion(posix(code)))).toEqual([true, true, true]);
    expect([posix("EIO"), new Error("EMFILE"), undefined].map(isExhaustion)).toEqual([false, false, false]);
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

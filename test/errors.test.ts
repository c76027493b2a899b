import { describe, expect, it } from "vitest";
import { CatalogError, isCatalogError } from "../src/errors.ts";

describe("CatalogError", () => {
  it("carries code, details, hint and cause", () => {
    const cause = new Error("disk");
    const error = new CatalogError("NO_SPACE", "Cannot write", { details: { path: "/a" }, cause, hint: "Free some." });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "CatalogError",
      code: "NO_SPACE",
      details: { path: "/a" },
      hint: "Free some.",
    });
    expect(error.cause).toBe(cause);
    expect("cause" in new CatalogError("CLOSED", "x", { details: { what: "y" } })).toBe(false);
  });

  it("says which errors may go away by themselves", () => {
    const busy = new CatalogError("BUSY", "x", { details: { path: "/a", holder: "pid 1", waitedMs: 5 } });
    expect(busy.retryable).toBe(true);
    expect(new CatalogError("UNAVAILABLE", "x", { details: { what: "y" } }).retryable).toBe(true);
    expect(new CatalogError("READ_ONLY", "x", { details: { path: "/a" } }).retryable).toBe(false);
  });
});

describe("isCatalogError", () => {
  it("goes by name and code, so that it holds for a second copy of the package", () => {
    const foreign = Object.assign(new Error("x"), { name: "CatalogError", code: "BUSY" });
    expect(isCatalogError(foreign)).toBe(true);
    expect(isCatalogError(foreign, "BUSY")).toBe(true);
    expect(isCatalogError(foreign, "CLOSED")).toBe(false);
  });

  it("is false for everything else", () => {
    expect(isCatalogError(new TypeError("x"))).toBe(false);
    expect(isCatalogError(Object.assign(new Error("x"), { name: "CatalogError" }))).toBe(false);
    expect(isCatalogError({ name: "CatalogError", code: "BUSY" })).toBe(false);
    expect(isCatalogError(undefined)).toBe(false);
  });
});

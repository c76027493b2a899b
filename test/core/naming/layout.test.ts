import { describe, expect, it } from "vitest";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import { casKey, parseLayout, policyKeys } from "../../../src/core/naming/layout.ts";
import { EMPTY_SHA256 } from "../../../src/core/sha256.ts";

describe("casKey", () => {
  it("is the hash below the prefix", () => {
    const rest = "e3/b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    expect(casKey(EMPTY_SHA256)).toBe(`cas/sha256/${rest}`);
    expect(casKey(EMPTY_SHA256, "mine")).toBe(`cas/mine/${rest}`);
  });
});

describe("parseLayout", () => {
  it("takes the two there are", () => {
    expect([parseLayout("cas"), parseLayout("policy_path")]).toEqual(["cas", "policy_path"]);
    expect(() => parseLayout("flat")).toThrow('Cannot use layout "flat": expected one of cas, policy_path');
  });
});

describe("policyKeys", () => {
  const key = parseBlobKey("r/a/paper.pdf");

  it("tries the name itself, then with the start of the hash, then with all of it", () => {
    expect([...policyKeys(key, EMPTY_SHA256)]).toEqual([
      "r/a/paper.pdf",
      "r/a/paper-e3b0c44298fc.pdf",
      `r/a/paper-${EMPTY_SHA256}.pdf`,
    ]);
  });

  it("numbers names whose bytes have no hash, and ends", () => {
    const keys = [...policyKeys(key, null)];
    expect(keys.slice(0, 3)).toEqual(["r/a/paper.pdf", "r/a/paper-2.pdf", "r/a/paper-3.pdf"]);
    expect(new Set(keys).size).toBe(10_000);
  });
});

describe("parseBlobKey", () => {
  it.each(["", "/a", "a/", "a//b", "a/../b", "./a", "..", "a\0"])("refuses %j", (text) => {
    expect(() => parseBlobKey(text)).toThrow(SyntaxError);
  });

  it("takes the rest", () => {
    expect(parseBlobKey("a/.b/c..d")).toBe("a/.b/c..d");
  });
});

import { describe, expect, it } from "vitest";
import { parseRegistration } from "../../src/core/document.ts";
import { changedVariant, hasOtherBytes, parseOnChange } from "../../src/core/outcome.ts";
import { parseSha256 } from "../../src/core/sha256.ts";
import { parseTimestamp } from "../../src/core/timestamp.ts";

const A = parseSha256("a".repeat(64));
const B = parseSha256("b".repeat(64));

describe("hasOtherBytes", () => {
  it.each([
    [{ bytes: 1, sha256: A }, { bytes: 1, sha256: A }, false],
    [{ bytes: 1, sha256: A }, { bytes: 1, sha256: B }, true],
    [{ bytes: 1, sha256: A }, { bytes: 2, sha256: A }, true],
    [{ bytes: 1, sha256: null }, { bytes: 1, sha256: B }, false],
    [{ bytes: 1, sha256: A }, { bytes: 1, sha256: null }, false],
    [{ bytes: 1, sha256: null }, { bytes: 2, sha256: null }, true],
    [{ bytes: null, sha256: A }, { bytes: 2, sha256: A }, false],
    [{ bytes: null, sha256: A }, { bytes: 2, sha256: B }, true],
  ])("compares %j with %j", (onRecord, offered, expected) => {
    expect(hasOtherBytes(onRecord, offered)).toBe(expected);
  });
});

describe("changedVariant", () => {
  it("names the same bytes the same", () => {
    const base = { artifactId: "a", sourceUrl: "u", resolver: "r", bytes: 5, storageUri: "file:///x" };
    const now = parseTimestamp(0);
    expect(changedVariant(parseRegistration({ ...base, sha256: A }, now)).variant).toBe("changed-aaaaaaaaaaaaaaaa");
    expect(changedVariant(parseRegistration(base, now))).toMatchObject({ variant: "changed-5-bytes", bytes: 5 });
  });
});

describe("parseOnChange", () => {
  it("knows three ways", () => {
    expect(["keep", "replace", "variant"].map(parseOnChange)).toEqual(["keep", "replace", "variant"]);
    expect(() => parseOnChange("overwrite")).toThrow("expected one of keep, replace, variant");
  });
});

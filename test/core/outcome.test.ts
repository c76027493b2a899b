import { describe, expect, it } from "vitest";
import { parseRegistration } from "../../src/core/document.ts";
import { changedVariant, compareBytes, parseOnChange } from "../../src/core/outcome.ts";
import { parseSha256 } from "../../src/core/sha256.ts";
import { parseTimestamp } from "../../src/core/timestamp.ts";

const A = parseSha256("a".repeat(64));
const B = parseSha256("b".repeat(64));

describe("compareBytes", () => {
  it.each([
    [{ bytes: 1, sha256: A }, { bytes: 1, sha256: A }, "same"],
    [{ bytes: 1, sha256: A }, { bytes: 1, sha256: B }, "other"],
    [{ bytes: 1, sha256: A }, { bytes: 2, sha256: A }, "other"],
    [{ bytes: 1, sha256: null }, { bytes: 1, sha256: B }, "unknown"],
    [{ bytes: 1, sha256: A }, { bytes: 1, sha256: null }, "unknown"],
    [{ bytes: 1, sha256: null }, { bytes: 2, sha256: null }, "other"],
    [{ bytes: null, sha256: A }, { bytes: 2, sha256: A }, "same"],
    [{ bytes: null, sha256: A }, { bytes: 2, sha256: B }, "other"],
    [{ bytes: 0, sha256: null }, { bytes: 0, sha256: null }, "same"],
    [{ bytes: null, sha256: null }, { bytes: 0, sha256: null }, "unknown"],
  ])("compares %j with %j", (onRecord, offered, expected) => {
    expect(compareBytes(onRecord, offered)).toBe(expected);
  });
});

describe("changedVariant", () => {
  it("names the same bytes the same", () => {
    const base = { artifactId: "a", sourceUrl: "u", resolver: "r", bytes: 5, storageUri: "file:///x" };
    const now = parseTimestamp(0);
    expect(changedVariant(parseRegistration({ ...base, sha256: A }, now)).variant).toBe("changed-aaaaaaaaaaaaaaaa");
    expect(changedVariant(parseRegistration(base, now))).toMatchObject({
      variant: expect.stringMatching(/^changed-5-bytes-[0-9a-f]{10}$/),
      bytes: 5,
    });
    const elsewhere = changedVariant(parseRegistration({ ...base, storageUri: "file:///y" }, now));
    expect(elsewhere.variant).not.toBe(changedVariant(parseRegistration(base, now)).variant);
  });
});

describe("parseOnChange", () => {
  it("knows three ways", () => {
    expect(["keep", "replace", "variant"].map(parseOnChange)).toEqual(["keep", "replace", "variant"]);
    expect(() => parseOnChange("overwrite")).toThrow("expected one of keep, replace, variant");
  });
});

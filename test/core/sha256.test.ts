import { describe, expect, it } from "vitest";
import { EMPTY_SHA256, parseSha256, parseSha256Prefix } from "../../src/core/sha256.ts";

const DIGEST = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

describe("parseSha256", () => {
  it("accepts 64 hexadecimal characters and normalises case and label", () => {
    expect(parseSha256(DIGEST)).toBe(DIGEST);
    expect(parseSha256(` ${DIGEST.toUpperCase()} `)).toBe(DIGEST);
    expect(parseSha256(`sha256:${DIGEST}`)).toBe(DIGEST);
    expect(parseSha256(`SHA256-${DIGEST}`)).toBe(DIGEST);
    expect(parseSha256(EMPTY_SHA256)).toBe(EMPTY_SHA256);
  });

  it.each(["", "abc", DIGEST.slice(1), `${DIGEST}0`, DIGEST.replace("b", "g"), `md5:${DIGEST}`])(
    "refuses %j",
    (text) => {
      expect(() => parseSha256(text)).toThrow(SyntaxError);
      expect(() => parseSha256(text)).toThrow("expected 64 hexadecimal characters");
    },
  );

  it("quotes the value safely", () => {
    expect(() => parseSha256("\u001b[31m")).toThrow('"\\x1b[31m"');
  });
});

describe("parseSha256Prefix", () => {
  it("accepts 4 to 64 characters", () => {
    expect(parseSha256Prefix("BA78")).toBe("ba78");
    expect(parseSha256Prefix(DIGEST)).toBe(DIGEST);
  });

  it.each(["", "ba7", `${DIGEST}0`, "xyz1"])("refuses %j", (text) => {
    expect(() => parseSha256Prefix(text)).toThrow("expected 4 to 64 hexadecimal characters");
  });
});

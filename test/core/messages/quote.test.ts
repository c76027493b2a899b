import { describe, expect, it } from "vitest";
import { escapeControls, quote } from "../../../src/core/messages/quote.ts";

describe("escapeControls", () => {
  it.each([
    ["plain ünïcödé 名前 🎉", "plain ünïcödé 名前 🎉"],
    ["a\nb\rc\td", "a\\nb\\rc\\td"],
    ["\u001b[2J\u0007\u007f\u009b", "\\x1b[2J\\x07\\x7f\\x9b"],
    ["\u202egnp.exe", "\\u{202e}gnp.exe"],
    ["a\u200bb\ufeff\u2028", "a\\u{200b}b\\u{feff}\\u{2028}"],
    ["\ud800x", "\\u{d800}x"],
  ])("makes %j safe", (text, expected) => {
    expect(escapeControls(text)).toBe(expected);
  });
});

describe("quote", () => {
  it("escapes and cuts", () => {
    expect(quote("a\u001bb")).toBe('"a\\x1bb"');
    expect(quote("abcdef", 3)).toBe('"abc…"');
    expect(quote("x".repeat(300)).length).toBe(203);
  });
});

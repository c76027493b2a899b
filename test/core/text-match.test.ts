import { describe, expect, it } from "vitest";
import { TextMatch } from "../../src/core/text-match.ts";

/** What is looked for, and a text in which people read it. */
const FOUND = [
  ["übersicht", "Übersicht.txt"],
  ["ÜBERSICHT", "übersicht.txt"],
  ["Übersicht", "U\u0308bersicht.txt"],
  ["U\u0308bersicht", "Übersicht.txt"],
  ["МОСКВА", "file:///docs/%D0%BC%D0%BE%D1%81%D0%BA%D0%B2%D0%B0.txt"],
  ["ÉTUDE", "file:///docs/e%CC%81tude.pdf"],
  ["σοφος", "ΣΟΦΟΣ"],
  ["ΣΟΦΟΣ", "σοφος"],
  ["STRASSE", "Straße"],
  ["straße", "STRASSE"],
  ["file", "ﬁle"],
  ["abc", "ＡＢＣ"],
  ["ångström", "A\u030angstro\u0308m"],
  ["kelvin", "\u212aelvin"],
  ["istanbul", "Istanbul"],
  ["my papers", "file:///my%20papers/a.pdf"],
  ["Grüße an alle", "file:///Gr%C3%BC%C3%9Fe%20an%20alle.pdf"],
  ["gr%c3%bc", "file:///Gr%C3%BC%C3%9Fe.pdf"],
  ["100%_sure", "https://example.org/100%_SURE"],
  ["%zz", "a%ZZ"],
  ["データ", "file:///%E3%83%87%E3%83%BC%E3%82%BF.csv"],
  ["ﾃﾞｰﾀ", "データ"],
  ["Nguyễn", "Nguye\u0302\u0303n"],
] as const;

describe("TextMatch", () => {
  it.each(FOUND)("finds %s in %s", (wanted, text) => {
    expect(new TextMatch(wanted).isIn(text)).toBe(true);
  });

  it.each([
    ["etude", "étude"],
    ["a b", "a%2Bb"],
    ["é", "file:///%FF%FE"],
    ["x", ""],
  ])("does not find %s in %s", (wanted, text) => {
    expect(new TextMatch(wanted).isIn(text)).toBe(false);
  });

  it("says what ASCII text contains that matches", () => {
    expect(new TextMatch("ＡBc").ascii).toBe("abc");
    expect(new TextMatch("Москва").ascii).toBeUndefined();
  });

  it("never needs more than that for ASCII without an encoding", () => {
    const ascii = "https://Example.org/ABC_def?x=1";
    for (const [wanted] of [...FOUND, ["EXAMPLE.org/abc_"], ["def?X"]] as const) {
      const match = new TextMatch(wanted as string);
      const byAscii = match.ascii !== undefined && ascii.toLowerCase().includes(match.ascii);
      expect(match.isIn(ascii)).toBe(byAscii);
    }
  });
});

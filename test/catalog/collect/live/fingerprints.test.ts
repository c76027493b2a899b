import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fingerprints } from "../../../../src/catalog/collect/live/fingerprints.ts";

describe("a set of fingerprints", () => {
  it("knows every text that was added, and no other that anybody thought of", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: "binary" }), { maxLength: 200 }), (texts) => {
        const set = new Fingerprints();
        const known = texts.filter((_, at) => at % 2 === 0);
        for (const text of [...known, ...known]) set.add(text);
        expect(texts.filter((text) => set.has(text))).toEqual(known);
        expect(set.size).toBe(known.length);
      }),
    );
  });

  it("tells apart what differs in one unit, and a hundred thousand paths", () => {
    const set = new Fingerprints();
    const path = (n: number): string => `file:///data/docs/resolver/artifact-${n % 1000}/${Math.floor(n / 1000)}.pdf`;
    for (let n = 0; n < 100_000; n++) set.add(path(n));
    expect(set.size).toBe(100_000);
    let known = 0;
    for (let n = 100_000; n < 200_000; n++) if (set.has(path(n))) known += 1;
    expect([known, set.has(""), set.has("a"), set.has(path(7))]).toEqual([0, false, false, true]);
  });

  it("spreads what it keeps of the hashes of a content", () => {
    const set = new Fingerprints();
    for (let n = 0; n < 65_536; n++)
      set.add(`cas/sha256/${n.toString(16).padStart(2, "0").slice(0, 2)}/${"0".repeat(58)}${n.toString(16)}`);
    expect(set.size).toBe(65_536);
  });
});

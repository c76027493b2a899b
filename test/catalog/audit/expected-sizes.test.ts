import { describe, expect, it } from "vitest";
import { ExpectedSizes } from "../../../src/catalog/audit/rows/expected-sizes.ts";
import { FingerprintNumbers } from "../../../src/catalog/collect/live/fingerprints.ts";

describe("ExpectedSizes", () => {
  it("is done with a name whose file is as all rows say", () => {
    const sizes = new ExpectedSizes();
    sizes.expect("a", 3);
    sizes.expect("a", 3);
    sizes.expect("a", null);
    expect([sizes.open, sizes.isOpen("a")]).toEqual([1, true]);
    sizes.see("a", 3);
    sizes.see("a", 4);
    sizes.see("unknown", 4);
    expect([sizes.open, sizes.isOpen("a"), sizes.isOpen("unknown")]).toEqual([0, false, false]);
    expect([sizes.has("a"), sizes.has("unknown")]).toEqual([true, false]);
  });

  it("takes any size where no row says one, and that of the row which says one", () => {
    const sizes = new ExpectedSizes();
    sizes.expect("any", null);
    sizes.expect("one", null);
    sizes.expect("one", 5);
    sizes.see("any", 7);
    sizes.see("one", 7);
    expect([sizes.open, sizes.isOpen("any"), sizes.isOpen("one")]).toEqual([1, false, true]);
  });

  it("leaves a name open whose rows disagree, whose file is another one, or of which only the name was seen", () => {
    const sizes = new ExpectedSizes();
    for (const name of ["rows", "file", "name"]) sizes.expect(name, 1);
    sizes.expect("rows", 2);
    sizes.see("rows", 2);
    sizes.see("file", 2);
    sizes.see("file", 1);
    sizes.see("name", undefined);
    expect([sizes.open, ...["rows", "file", "name"].map((name) => sizes.isOpen(name))]).toEqual([3, true, true, true]);
  });
});

describe("FingerprintNumbers", () => {
  it("knows the last number of each of many texts, and of no other", () => {
    const numbers = new FingerprintNumbers();
    const names = Array.from({ length: 5000 }, (_, index) => `file-${index}`);
    for (const [index, name] of names.entries()) numbers.set(numbers.add(name), index);
    for (const name of names.slice(0, 10)) numbers.set(numbers.add(name), -1);
    const found = names.map((name) => numbers.get(numbers.find(name)));
    expect(found).toEqual(names.map((_, index) => (index < 10 ? -1 : index)));
    expect(numbers.find("another")).toBe(-1);
    expect(numbers.get(numbers.add("another"))).toBeNaN();
  });
});

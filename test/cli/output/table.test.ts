import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { formatTable } from "../../../src/cli/output/table.ts";

const COLUMNS = [{ title: "ID", align: "right" }, { title: "NAME", shrink: true }, { title: "END" }] as const;

function format(rows: readonly (readonly string[])[], width?: number, titles = true): Promise<readonly string[]> {
  return formatTable({ columns: COLUMNS, rows, width, titles });
}

describe("formatTable", () => {
  it("aligns columns without borders", async () => {
    expect(
      await format([
        ["1", "a", "x"],
        ["10", "bcdef", "y"],
      ]),
    ).toEqual(["ID  NAME   END", " 1  a      x", "10  bcdef  y"]);
  });

  it("aligns wide characters by what they take on a terminal", async () => {
    const lines = await format([
      ["1", "名前", "x"],
      ["2", "naïve", "x"],
      ["3", "nai\u0308ve", "x"],
      ["4", "👩", "x"],
    ]);
    const ends = lines.slice(1).map((line) => stringWidth(line.slice(0, line.lastIndexOf("x"))));
    expect(new Set(ends).size).toBe(1);
  });

  it("makes every cell safe", async () => {
    const [, line] = await format([["1", "a\u001b[31m\n\u202eb\u009b", "x"]]);
    expect(line).toBe(" 1  a\\x1b[31m\\n\\u{202e}b\\x9b  x");
  });

  it("cuts what may be cut to fit the terminal", async () => {
    const lines = await format([["1", "a".repeat(50), "x"]], 30);
    expect(lines[1]).toBe(` 1  ${"a".repeat(20)}…  x`);
    expect(lines.every((line) => line.length <= 30)).toBe(true);
  });

  it("cuts wide characters whole", async () => {
    const lines = await format([["1", "名".repeat(30), "x"]], 30);
    expect(lines[1]).toBe(` 1  ${"名".repeat(10)}…  x`);
  });

  it("cuts the widest column first, and none below what can be read", async () => {
    const columns = [
      { title: "A", shrink: true },
      { title: "B", shrink: true },
    ] as const;
    const rows = [["a".repeat(30), "b".repeat(20)]];
    expect(await formatTable({ columns, rows, width: 42, titles: false })).toEqual([
      `${"a".repeat(19)}…  ${"b".repeat(20)}`,
    ]);
    expect(await formatTable({ columns, rows, width: 5, titles: false })).toEqual([
      `${"a".repeat(11)}…  ${"b".repeat(11)}…`,
    ]);
  });

  it("leaves titles out when it goes on with another table", async () => {
    expect(await format([["1", "a", "x"]], undefined, false)).toEqual(["1  a  x"]);
    expect(await format([], undefined, false)).toEqual([]);
    expect(await format([])).toEqual(["ID  NAME  END"]);
  });

  it("takes very many rows", async () => {
    // More than a call takes as arguments.
    const rows = Array.from({ length: 200_000 }, (_, index) => [String(index), "a", "x"]);
    expect((await format(rows, 80)).at(-1)).toBe("199999  a     x");
  });

  it("takes rows with fewer cells", async () => {
    expect(await format([["1"]], 20)).toEqual(["ID  NAME  END", " 1"]);
  });
});

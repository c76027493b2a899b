import { expect, it } from "vitest";
import { formatJsonLine } from "../../../src/cli/output/json-line.ts";

it("keeps every text and shows a terminal nothing to act on", () => {
  const text = "a\u001b[2J\u007f\u009b31m\u2028\u202e\u200b\ufeff\nnaïve 名前 \ud800";
  const line = formatJsonLine({ type: "record", text });
  expect(JSON.parse(line)).toEqual({ type: "record", text });
  expect(line.slice(0, -1)).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u200b-\u200f\ufeff]*$/);
  expect(line).toContain("\\u009b31m");
  expect(line).toContain("naïve 名前");
  expect(line.endsWith("\n")).toBe(true);
});

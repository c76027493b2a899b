import { expect, it } from "vitest";
import { quoteForShell } from "../../../src/cli/arguments/shell-quote.ts";
import { describeWith, outputOf } from "../../components.ts";

describeWith("sh", "quoted words", (sh) => {
  it("are read by a shell as they were", () => {
    const words = ["plain", "a b", "it's", "$HOME", "`id`", "", "naïve", 'a"b', "image/*", "https://x/?a=1&b=2"];
    const script = `printf '%s\\n' ${words.map(quoteForShell).join(" ")}`;
    expect(outputOf(sh, ["-c", script])).toBe(`${words.join("\n")}\n`);
  });
});

it("leaves a word as it is that needs no quotes", () => {
  expect(quoteForShell("2025-01-01T00:00:00.000Z")).toBe("2025-01-01T00:00:00.000Z");
});

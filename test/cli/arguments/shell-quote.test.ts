import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { quoteForShell } from "../../../src/cli/arguments/shell-quote.ts";

it("gives words that a shell reads as they were", () => {
  const words = ["plain", "a b", "it's", "$HOME", "`id`", "", "naïve", 'a"b', "image/*", "https://x/?a=1&b=2"];
  const script = `printf '%s\\n' ${words.map(quoteForShell).join(" ")}`;
  expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(`${words.join("\n")}\n`);
  expect(quoteForShell("2025-01-01T00:00:00.000Z")).toBe("2025-01-01T00:00:00.000Z");
});

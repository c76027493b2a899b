import { describe, expect, it } from "vitest";
import type { FlagDefinition } from "../../../src/cli/arguments/flag.ts";
import { FlagTable, tokenise } from "../../../src/cli/arguments/tokenise.ts";

const FLAGS: readonly FlagDefinition[] = [
  { name: "config", short: "c", kind: "file", summary: "" },
  { name: "run-id", kind: "text", summary: "" },
  { name: "set", kind: "assignment", repeatable: true, summary: "" },
  { name: "json", kind: "boolean", summary: "" },
  { name: "help", short: "h", kind: "boolean", summary: "" },
];

function read(...argv: string[]): { words: readonly string[]; flags: Record<string, readonly string[]> } {
  const { words, flags } = tokenise(argv, new FlagTable(FLAGS));
  return { words, flags: Object.fromEntries(flags) };
}

describe("tokenise", () => {
  it.each([["-c", "a.yaml"], ["-ca.yaml"], ["-c=a.yaml"], ["--config", "a.yaml"], ["--config=a.yaml"]])(
    "reads a value from %s %s",
    (...argv) => {
      expect(read(...argv)).toEqual({ words: [], flags: { config: ["a.yaml"] } });
    },
  );

  it("keeps what looks like a number or a boolean as text", () => {
    expect(read("--run-id", "007", "1e3", "true")).toEqual({ words: ["1e3", "true"], flags: { "run-id": ["007"] } });
  });

  it("keeps the word behind a boolean flag", () => {
    expect(read("show", "--json", "101")).toEqual({ words: ["show", "101"], flags: { json: [] } });
  });

  it("takes a lone dash for a word and for a value", () => {
    expect(read("import-manifest", "-", "--config", "-")).toEqual({
      words: ["import-manifest", "-"],
      flags: { config: ["-"] },
    });
  });

  it("takes everything behind two dashes for words", () => {
    expect(read("show", "--", "--json", "-c", "--")).toEqual({ words: ["show", "--json", "-c", "--"], flags: {} });
  });

  it("keeps equals signs and dots of a value", () => {
    expect(read("--set", "a.b=c=d", "--set=e.f=")).toEqual({ words: [], flags: { set: ["a.b=c=d", "e.f="] } });
  });

  it("lets a boolean flag come twice and keeps an empty word", () => {
    expect(read("--json", "", "--json")).toEqual({ words: [""], flags: { json: [] } });
  });

  it.each([
    [["--json=true"], 'Cannot use "--json=true": --json takes no value'],
    [["--run-id"], "Cannot use --run-id: its value is missing"],
    [["--run-id", "--json"], "Cannot use --run-id: its value is missing"],
    [["--run-id", "--", "x"], "Cannot use --run-id: its value is missing"],
    [["--run-id", "a", "--run-id=b"], "Cannot use --run-id twice: it takes one value"],
    [["--run-idd", "a"], 'Cannot use "--run-idd": there is no such flag'],
    [["--no-json"], 'Cannot use "--no-json": there is no such flag'],
    [["-x"], 'Cannot use "-x": there is no such flag'],
    [["-5"], 'Cannot use "-5": there is no such flag'],
    [["-hx"], 'Cannot use "-hx": there is no such flag'],
    [["--\u001b[31m"], 'Cannot use "--\\x1b[31m": there is no such flag'],
  ])("refuses %j", (argv, message) => {
    expect(() => read(...argv)).toThrow(expect.objectContaining({ name: "UsageError", message }));
  });

  it("says how a value with a dash is given", () => {
    expect(() => read("--run-id", "-7")).toThrow(
      expect.objectContaining({ hint: "A value that begins with a dash is given as --run-id=…" }),
    );
    expect(read("--run-id=-7").flags).toEqual({ "run-id": ["-7"] });
  });
});

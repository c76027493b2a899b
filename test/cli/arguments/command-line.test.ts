import { describe, expect, it } from "vitest";
import { bindCommand, type CommandLine, parseCommandLine } from "../../../src/cli/arguments/command-line.ts";
import { GLOBAL_FLAG_LIST } from "../../../src/cli/arguments/global-flags.ts";
import { VERBS } from "../../../src/cli/verbs/all.ts";
import { DEFINITION as IMPORT_MANIFEST } from "../../../src/cli/verbs/import-manifest/definition.ts";
import { DEFINITION as SEARCH } from "../../../src/cli/verbs/search/definition.ts";

function parse(...argv: string[]): CommandLine {
  return parseCommandLine(argv, VERBS);
}

function parseRun(...argv: string[]): CommandLine & { request: "command" } {
  const line = parse(...argv);
  if (line.request !== "command") throw new Error(`asks for ${line.request}`);
  return line;
}

/** It is `gc --quarantine DAYS` and `verify --quarantine`. */
const TWO_SHAPES: readonly string[] = ["quarantine"];

/** `retention` takes several of them, others one: where a value ends is the same. */
const ONCE_OR_MORE: readonly string[] = ["resolver", "content-type", "run-id"];

describe("the table of flags", () => {
  it("gives a name the same shape in every command, so that a flag can stand before the verb", () => {
    for (const { flags } of VERBS) {
      const own = new Set(flags.map(({ name }) => name));
      expect(own.size).toBe(flags.length);
      for (const flag of GLOBAL_FLAG_LIST) expect(own).not.toContain(flag.name);
      for (const other of VERBS.flatMap((definition) => definition.flags)) {
        const same = flags.find(({ name }) => name === other.name);
        if (same === undefined || TWO_SHAPES.includes(same.name)) continue;
        expect(same.kind === "boolean").toBe(other.kind === "boolean");
        if (!ONCE_OR_MORE.includes(same.name)) expect(same.repeatable).toBe(other.repeatable);
      }
    }
  });

  it("reads every example as it stands", () => {
    for (const { verb, examples } of VERBS) {
      for (const [example] of examples) {
        const words = example.replace(/ >.*/, "").match(/"[^"]*"|\S+/g) ?? [];
        const line = parseRun(...words.map((word) => word.replaceAll('"', "")));
        expect(line.definition.verb).toBe(verb);
        bindCommand(line.definition, { ...line, nowMs: 0 });
      }
    }
  });
});

describe("what cac alone gets wrong", () => {
  it("keeps --run-id 007 as text", () => {
    const line = parseRun("search", "--run-id", "007");
    expect(bindCommand(SEARCH, { ...line, nowMs: 0 }).flags["run-id"]).toBe("007");
  });

  it("refuses a flag that is given twice, and keeps a repeatable one in order", () => {
    expect(() => parse("search", "--run-id", "a", "--run-id", "b")).toThrow("Cannot use --run-id twice");
    const line = parseRun("import-manifest", "x", "--map", "path=b", "--map", "path=a");
    expect(bindCommand(IMPORT_MANIFEST, { ...line, nowMs: 0 }).flags.map).toEqual(["path=b", "path=a"]);
  });

  it("does not let a boolean flag eat the word behind it", () => {
    expect(parseRun("show", "--json", "101").words).toEqual(["101"]);
    expect(parseRun("--json", "show", "101").words).toEqual(["101"]);
    expect(parseRun("show", "--json", "true").words).toEqual(["true"]);
    expect(parseRun("show", "--json", "101").globals.json).toBe(true);
  });

  it("refuses an unknown command", () => {
    expect(() => parse("serch")).toThrow(expect.objectContaining({ message: expect.stringContaining('run "serch"') }));
  });

  it("takes a lone dash and dashed words behind two dashes", () => {
    expect(parseRun("import-manifest", "-").words).toEqual(["-"]);
    expect(parseRun("show", "--", "--weird-id").words).toEqual(["--weird-id"]);
    expect(parseRun("show", "--", "--no-color").globals["no-color"]).toBe(false);
  });

  it("reads --no-color", () => {
    expect(parseRun("stats").globals["no-color"]).toBe(false);
    expect(parseRun("stats", "--no-color").globals["no-color"]).toBe(true);
  });

  it("keeps dots of --set", () => {
    expect(parseRun("stats", "--set", "a.b=c", "--set=__proto__.x=1").globals.set).toEqual(["a.b=c", "__proto__.x=1"]);
  });

  it("keeps numbers, spaces, empty text and equals signs as they stand", () => {
    for (const word of ["1e3", "0x10", " 7 ", "=", "==5", "constructor", "a=b"]) {
      expect(parseRun("show", word).words).toEqual([word]);
    }
    expect(parseRun("remove", "01", "2").words).toEqual(["01", "2"]);
  });
});

describe("parseCommandLine", () => {
  it("takes global flags before and after the verb", () => {
    for (const argv of [
      ["-c", "f.yaml", "stats"],
      ["stats", "-c", "f.yaml"],
      ["-cf.yaml", "stats"],
    ]) {
      expect(parseRun(...argv).globals.config).toBe("f.yaml");
    }
    expect(parseRun("--limit", "5", "search").flags.get("limit")).toEqual(["5"]);
  });

  it("reads a flag as the verb has it, where another verb has one of that name", () => {
    expect(parseRun("gc", "--quarantine", "30").flags.get("quarantine")).toEqual(["30"]);
    expect(parseRun("--quarantine", "30", "gc").flags.get("quarantine")).toEqual(["30"]);
    const verify = parseRun("verify", "--quarantine", "30");
    expect([verify.words, verify.flags.get("quarantine")]).toEqual([["30"], []]);
    expect(parseRun("--quarantine", "verify", "30").words).toEqual(["30"]);
  });

  it("defaults flags that are not there", () => {
    expect(parseRun("stats").globals).toEqual({
      config: undefined,
      catalog: undefined,
      root: undefined,
      set: [],
      json: false,
      quiet: false,
      verbose: false,
      "log-json": false,
      "no-color": false,
      help: false,
      version: false,
    });
  });

  it.each([[[]], [["help"]], [["--help"]], [["-h"]], [["--json"]]])("answers %j with the help", (argv) => {
    expect(parse(...argv)).toMatchObject({ request: "help", definition: undefined });
  });

  it.each([[["help", "show"]], [["show", "--help"]], [["-h", "show"]], [["show", "1", "2", "-h"]]])(
    "answers %j with the help of the command",
    (argv) => {
      expect(parse(...argv)).toMatchObject({ request: "help", definition: { verb: "show" } });
    },
  );

  it.each([[["--version"]], [["show", "--version"]], [["--version", "stats"]]])(
    "answers %j with the version",
    (argv) => {
      expect(parse(...argv).request).toBe("version");
    },
  );

  it.each([
    [["help", "nope"], 'Cannot run "nope": there is no such command'],
    [["help", "show", "me"], 'Cannot show help for "show me": it is more than one verb'],
    [["show"], 'Cannot run "show": ID is missing'],
    [["remove"], 'Cannot run "remove": ID is missing'],
    [["show", ""], 'Cannot run "show": ID is empty'],
    [["remove", "1", " "], 'Cannot run "remove": ID is empty'],
    [["show", "1", "2"], 'Cannot run "show" with "2": it takes one argument'],
    [["stats", "x"], 'Cannot run "stats" with "x": it takes no argument'],
    [["show", "1", "--reason", "x"], 'Cannot use --reason with "show": it belongs to "pin", "remove"'],
    [["--limit", "1"], 'Cannot use --limit without a command: it belongs to "search", "audit", "dedup-report"'],
    [["constructor"], 'Cannot run "constructor"'],
    [["\u001b[2J"], 'Cannot run "\\x1b[2J"'],
  ])("refuses %j", (argv, message) => {
    expect(() => parse(...argv)).toThrow(
      expect.objectContaining({ name: "UsageError", message: expect.stringContaining(message) }),
    );
  });

  it("counts the arguments of a command that takes several", () => {
    const two = { verb: "two", summary: "", flags: [], examples: [] };
    const argument = { name: "A", summary: "", kind: "text" } as const;
    expect(() => parseCommandLine(["two", "1", "2", "3"], [{ ...two, arguments: [argument, argument] }])).toThrow(
      "it takes 2 arguments",
    );
  });

  it("knows a flag with one letter of a command", () => {
    const flag = { name: "recursive", short: "r", kind: "boolean", summary: "" } as const;
    const add = { verb: "add", summary: "", flags: [flag], examples: [], arguments: [] };
    expect(parseCommandLine(["add", "-r"], [add])).toMatchObject({ flags: new Map([["recursive", []]]) });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXIT, EXIT_CODE_TEXTS } from "../../src/cli/exit-codes.ts";
import { VERBS } from "../../src/cli/verbs/all.ts";
import { describeWith, outputOf } from "../components.ts";
// biome-ignore lint/correctness/useImportExtensions: scripts that nothing is installed for need it in JavaScript
import { makeCorpus } from "../corpus/make-corpus.mjs";
import { expectHarmless, jsonLines } from "./verdict.ts";
import { commandLine, type Ended, lineOf, makeWorkplace, type Workplace } from "./workplace.ts";

let place: Workplace;
let imported: Ended;

beforeAll(async () => {
  place = makeWorkplace();
  await makeCorpus({ directory: `${place.path}/downloads`, records: 120, meanKib: 1 });
  place.write("good.jsonl", lineOf("good"));
  place.write("f.txt", "hello\n");
  imported = await place.run(["import-manifest", "downloads/manifest.jsonl", "--hash", "all", "--json"]);
  await place.run(["import-manifest", "good.jsonl"]);
});

afterAll(() => place.remove());

/** Command lines, what they end with, and the types of lines before the summary. */
const COMMANDS: readonly (readonly [words: readonly string[], exitCode: number, type: string | undefined])[] = [
  [["init"], EXIT.done, undefined],
  [["add", "f.txt"], EXIT.done, undefined],
  [["import-manifest", "good.jsonl"], EXIT.done, undefined],
  [["import-manifest", "downloads/manifest.jsonl"], EXIT.partly, "finding"],
  [["show", "good"], EXIT.done, "record"],
  [["show", "1"], EXIT.done, "record"],
  [["show", "nothing"], EXIT.finding, undefined],
  [["search"], EXIT.done, "record"],
  [["search", "--limit", "3", "--sort", "bytes"], EXIT.done, "record"],
  [["search", "--text", "nothing like it"], EXIT.finding, undefined],
  [["where", "5891b5b522d5"], EXIT.done, "record"],
  [["where", "0123456789abcdef"], EXIT.finding, undefined],
  [["variants", "good"], EXIT.finding, undefined],
  [["why", "nothing"], EXIT.finding, undefined],
  [["pin", "good", "--reason", "cited"], EXIT.done, "pin"],
  [["pin", "nothing", "--reason", "cited"], EXIT.finding, undefined],
  [["pin", "--list"], EXIT.done, "pin"],
  [["unpin", "good"], EXIT.done, "pin"],
  [["unpin", "good"], EXIT.finding, undefined],
  [["remove", "--dry-run", "1"], EXIT.done, "record"],
  [["restore", "nothing"], EXIT.finding, undefined],
  [["remove", "999999"], EXIT.finding, "finding"],
  [["repair", "--all"], EXIT.done, undefined],
  [["repair", "good"], EXIT.done, "plan"],
  [["audit"], EXIT.done, undefined],
  [["dedup-report"], EXIT.done, "group"],
  [["verify", "good"], EXIT.done, undefined],
  [["verify", "--all"], EXIT.done, undefined],
  [["dedup"], EXIT.done, undefined],
  [["stats"], EXIT.done, undefined],
  [["gc"], EXIT.done, undefined],
  [["retention", "--older-than", "30d", "--max-files", "100"], EXIT.done, "plan"],
  [["relocate", "/nowhere", "."], EXIT.done, undefined],
  [["checkpoint"], EXIT.done, undefined],
  [["config"], EXIT.done, "setting"],
  [["completions", "bash"], EXIT.done, undefined],
];

describe("--json", () => {
  it("is tried with every command", () => {
    expect(new Set(COMMANDS.map(([[verb]]) => verb))).toEqual(new Set(VERBS.map(({ verb }) => verb)));
  });

  it("reports an import line by line", () => {
    expect(imported.exitCode).toBe(EXIT.partly);
    const lines = jsonLines(imported.stdout);
    const summary = lines.at(-1);
    expect(summary).toMatchObject({ type: "summary", schema_version: 1, command: "import-manifest" });
    expect(lines.filter(({ type }) => type === "finding")).toHaveLength(Number(summary?.["findings"]));
    for (const line of jsonLines(imported.stderr)) expect(line).toMatchObject({ type: "progress" });
  });

  it.each(COMMANDS)("%j ends with its summary and %i", async (words, exitCode, type) => {
    const ended = await place.run([...words, "--json"]);
    expect(ended.exitCode).toBe(exitCode);
    expectHarmless(ended);
    const lines = jsonLines(ended.stdout);
    expect(lines.at(-1)).toMatchObject({ type: "summary", schema_version: 1, command: words[0] });
    expect([...new Set(lines.slice(0, -1).map((line) => line["type"]))]).toEqual(type === undefined ? [] : [type]);
    for (const line of jsonLines(ended.stderr)) expect(line).toMatchObject({ type: "progress" });
  });

  it.each([
    [["stats", "--catalog", "no.sqlite"], EXIT.usage, "NOT_FOUND"],
    [["sats"], EXIT.usage, "USAGE"],
    [["stats", "--catalog", "f.txt"], EXIT.damaged, "CORRUPT"],
    [["stats", "--set", "catalog.pth=x"], EXIT.usage, "CONFIGURATION"],
  ])("%j fails with one error line and %i", async (words, exitCode, code) => {
    const ended = await place.run([...words, "--json"]);
    expect(ended).toMatchObject({ exitCode, stdout: "" });
    expect(jsonLines(ended.stderr)).toEqual([
      { type: "error", code, message: expect.stringMatching(/^Cannot /), hint: expect.any(String) },
    ]);
  });
});

describe("what people see", () => {
  it("has every exit code in every help", async () => {
    const verbs = [[], ...VERBS.map(({ verb }) => [verb])];
    for (const { stdout, exitCode } of await Promise.all(verbs.map((words) => place.run([...words, "--help"])))) {
      expect(exitCode).toBe(EXIT.done);
      for (const [code, text] of EXIT_CODE_TEXTS)
        expect(stdout).toMatch(new RegExp(`^ +${code} +${text.slice(0, 20)}`, "m"));
    }
  });

  it("is less with --quiet", async () => {
    const [usual, quiet] = await Promise.all([place.run(["stats"]), place.run(["stats", "--quiet"])]);
    expect(usual.stdout).toContain("\nNext: catalog ");
    expect(quiet.stdout).toBe(usual.stdout.replace(/Next: catalog .*\n$/, ""));
    const silent = await place.run(["import-manifest", "downloads/manifest.jsonl", "--quiet"]);
    expect(silent).toMatchObject({ exitCode: EXIT.partly, stderr: "" });
  });

  it("takes the configuration before and after the verb", async () => {
    const file = place.write("other.yaml", "catalog: {path: other.sqlite}\n");
    expect((await place.run(["-c", file, "init"])).stdout).toContain("Created the catalog");
    for (const words of [
      ["-c", file, "init"],
      ["init", "-c", file],
      ["init", `--config=${file}`],
    ]) {
      expect((await place.run(words)).stdout).toContain("other.sqlite is there already, with 0 documents.");
    }
  });

  it("reads --run-id 007 as it stands, and refuses what cac would let pass", async () => {
    place.write("run.jsonl", lineOf("run"));
    expect((await place.run(["import-manifest", "run.jsonl", "--run-id", "007"])).exitCode).toBe(EXIT.done);
    expect((await place.run(["search", "--run-id", "007"])).exitCode).toBe(EXIT.done);
    expect((await place.run(["search", "--run-id", "7"])).exitCode).toBe(EXIT.finding);
    const refused = [
      ["nothing"],
      ["stats", "--limit", "3"],
      ["search", "--limit", "1", "--limit", "2"],
      ["search", "--text"],
    ];
    for (const ended of await Promise.all([...refused, ["stats", "more"]].map((words) => place.run(words)))) {
      expect(ended).toMatchObject({ exitCode: EXIT.usage, stdout: "" });
      expect(ended.stderr).toMatch(/^error: Cannot /);
    }
    const dashed = await place.run(["import-manifest", "--", "-dashed.jsonl"]);
    expect(dashed.stderr).toContain("-dashed.jsonl");
    const piped = await place.run(["import-manifest", "-"], { input: lineOf("piped") });
    expect(piped.exitCode).toBe(EXIT.done);
  });
});

describeWith("terminal", "on a terminal", (starter) => {
  const ESCAPE = "\u001b[";
  const onTerminal = (words: readonly string[], prefix = ""): string =>
    outputOf(starter, [`${prefix} ${commandLine(words)}`, "/dev/null"], place.path);

  it("colours are there unless they are not wanted", () => {
    const usual = ["-u NO_COLOR", "-u CI", "TERM=xterm"].join(" ");
    expect(onTerminal(["stats"], `env ${usual}`)).toContain(ESCAPE);
    expect(onTerminal(["stats", "--no-color"], `env ${usual}`)).not.toContain(ESCAPE);
    expect(onTerminal(["stats"], `env ${usual} NO_COLOR=1`)).not.toContain(ESCAPE);
    expect(onTerminal(["stats", "--json"], `env ${usual}`)).not.toContain(ESCAPE);
  });
});

describeWith("bash", "in bash", (starter) => {
  it("the completions load", async () => {
    const { stdout } = await place.run(["completions", "bash"]);
    place.write("catalog.bash", stdout);
    const script = "source catalog.bash; COMP_WORDS=(catalog imp); COMP_CWORD=1; _catalog; echo $COMPREPLY";
    expect(outputOf(starter, ["--norc", "-c", script], place.path)).toBe("import-manifest\n");
  });
});

describeWith("zsh", "in zsh", (starter) => {
  it("the completions load", async () => {
    const { stdout } = await place.run(["completions", "zsh"]);
    place.write("functions/_catalog", stdout);
    const script =
      "fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -u -d $PWD/dump; print $_comps[catalog]";
    expect(outputOf(starter, ["-f", "-c", `${script}; autoload +X _catalog && print loaded`], place.path)).toBe(
      "_catalog\nloaded\n",
    );
    outputOf(starter, ["-n", "functions/_catalog"], place.path);
  });
});

describeWith("fish", "in fish", (starter) => {
  it("the completions complete", async () => {
    const { stdout } = await place.run(["completions", "fish"]);
    place.write("catalog.fish", stdout);
    const complete = (line: string): string =>
      outputOf(starter, ["--no-config", "-c", `source catalog.fish; complete -C "${line}"`], place.path);
    expect(complete("catalog imp")).toMatch(/^import-manifest\t/);
    expect(complete("catalog import-manifest --hash n")).toMatch(/^none\b/m);
    expect(complete("catalog stats --js")).toMatch(/^--json\t/);
  });
});

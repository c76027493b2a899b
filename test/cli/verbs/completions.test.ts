import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VERBS } from "../../../src/cli/verbs/all.ts";
import { formatBashCompletions } from "../../../src/cli/verbs/completions/bash.ts";
import { allFlags } from "../../../src/cli/verbs/completions/completion-words.ts";
import { formatFishCompletions } from "../../../src/cli/verbs/completions/fish.ts";
import { formatZshCompletions } from "../../../src/cli/verbs/completions/zsh.ts";
import { describeWith, outputOf, type Starter } from "../../components.ts";
import { makeFolder, runCli } from "../test-host.ts";

const WORDS = [...VERBS.map(({ verb }) => verb), "help"];

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeAll(async () => {
  folder = await makeFolder();
  mkdirSync(join(folder.path, "downloads"));
  writeFileSync(join(folder.path, "my list.jsonl"), "");
  writeFileSync(join(folder.path, "completions.bash"), formatBashCompletions(VERBS));
});

afterAll(() => folder.remove());

/** What bash offers in the place of the last word. */
function completeIn(bash: Starter, words: readonly string[]): string[] {
  const script = [
    'source "$1"; shift',
    'COMP_WORDS=("$@")',
    "COMP_CWORD=$(( $# - 1 ))",
    "_catalog",
    `printf "%s\\n" "\${COMPREPLY[@]}"`,
  ].join("\n");
  const argv = ["--norc", "-c", script, "bash", join(folder.path, "completions.bash"), "catalog", ...words];
  return outputOf(bash, argv, folder.path)
    .split("\n")
    .filter((line) => line !== "");
}

describe("completions", () => {
  it("prints the script and nothing else", async () => {
    expect(await runCli(folder.path, ["completions", "bash"])).toMatchObject({
      exitCode: 0,
      stdout: formatBashCompletions(VERBS),
    });
    for (const shell of ["zsh", "fish"])
      expect((await runCli(folder.path, ["completions", shell])).stdout).toContain("import-manifest");
    expect((await runCli(folder.path, ["completions", "bash", "--json"])).lines).toMatchObject([{ shell: "bash" }]);
  });

  it("refuses a shell that it does not know", async () => {
    const { exitCode, stderr } = await runCli(folder.path, ["completions", "bsh"]);
    expect(exitCode).toBe(2);
    expect(stderr).toBe('error: Cannot complete for "bsh": expected bash, zsh or fish\nhint: Did you mean "bash"?\n');
    expect((await runCli(folder.path, ["completions", "constructor"])).exitCode).toBe(2);
  });
});

describeWith("bash", "in bash", (bash) => {
  const complete = (...words: readonly string[]): string[] => completeIn(bash, words);

  it("completes verbs", () => {
    expect(complete("").sort()).toEqual([...WORDS].sort());
    expect(complete("se")).toEqual(["search"]);
    expect(complete("--json", "se")).toEqual(["search"]);
    expect(complete("-c", "file.yaml", "se")).toEqual(["search"]);
    expect(complete("--config", "=", "file.yaml", "se")).toEqual(["search"]);
    expect(complete("help", "dedup")).toEqual(["dedup-report", "dedup"]);
  });

  it("completes the flags of a verb and those of every command", () => {
    expect(complete("search", "--run")).toEqual(["--run-id"]);
    expect(complete("search", "--js")).toEqual(["--json"]);
    expect(complete("--ver").sort()).toEqual(["--verbose", "--version"]);
    expect(complete("show", "--run")).toEqual([]);
    for (const definition of VERBS) {
      const offered = complete(definition.verb, "--");
      expect(offered).toEqual(allFlags(definition).map(({ name }) => `--${name}`));
    }
  });

  it("completes values", () => {
    expect(complete("search", "--sort", "created")).toEqual(["created_at"]);
    expect(complete("search", "--order", "=", "d")).toEqual(["descending"]);
    expect(complete("search", "--order", "=").sort()).toEqual(["ascending", "descending"]);
    expect(complete("import-manifest", "--hash", "")).toEqual(["missing", "all", "none"]);
    expect(complete("import-manifest", "--map", "art")).toEqual(["artifact_id="]);
    expect(complete("search", "--run-id", "")).toEqual([]);
    expect(complete("completions", "")).toEqual(["bash", "zsh", "fish"]);
  });

  it("completes files and folders, also with spaces", () => {
    expect(complete("import-manifest", "my")).toEqual(["my list.jsonl"]);
    expect(complete("import-manifest", "--base-dir", "d")).toEqual(["downloads"]);
    expect(complete("-c", "my")).toEqual(["my list.jsonl"]);
    expect(complete("show", "my")).toEqual([]);
  });
});

it.each([
  ["zsh", formatZshCompletions(VERBS)],
  ["fish", formatFishCompletions(VERBS)],
])("writes a script for %s with all verbs, flags and choices", (_shell, script) => {
  for (const verb of WORDS) expect(script).toContain(verb);
  for (const flag of VERBS.flatMap(allFlags)) {
    expect(script).toMatch(new RegExp(`(--|-l )${flag.name}\\b`));
    for (const choice of flag.choices ?? []) expect(script).toContain(choice);
  }
});

it("quotes what a shell would act on", () => {
  const definition = { verb: "v", summary: "it's [a]: $HOME \\", arguments: [], examples: [] };
  const flag = { name: "f", short: "f", kind: "boolean", summary: "it's [a]: b", repeatable: true } as const;
  const zsh = formatZshCompletions([{ ...definition, flags: [flag] }]);
  expect(zsh).toContain("'v:it'\\''s [a]: $HOME \\'");
  expect(zsh).toContain("'*--f[it'\\''s \\[a\\]\\: b]'");
  const words = [{ name: "DIR", kind: "file", summary: "", variadic: true }] as const;
  const fish = formatFishCompletions([{ ...definition, flags: [flag], arguments: words }]);
  expect(fish).toContain("-d 'it\\'s [a]: $HOME \\\\'");
  expect(formatZshCompletions([{ ...definition, flags: [], arguments: words }])).toContain("'*:DIR:_files'");
});

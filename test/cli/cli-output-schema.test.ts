import { readFile } from "node:fs/promises";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VERBS } from "../../src/cli/verbs/all.ts";
import { openNodeCatalog } from "../../src/hosts/node.ts";
import { makeFilledCatalog, writeFiles } from "./filled-catalog.ts";
import { type HostParts, type RunResult, runCli } from "./test-host.ts";

let folder: Awaited<ReturnType<typeof makeFilledCatalog>>;
let validate: ValidateFunction;

beforeAll(async () => {
  folder = await makeFilledCatalog();
  await writeFiles(folder.path, {
    "list.jsonl": '{"artifact_id":"a\\u001b","source_url":"u","path":"gone"}\n{"artifact_id":7}\n{"torn',
    "ok.txt": "x",
  });
  const text = await readFile(new URL("../../schema/cli-output.schema.json", import.meta.url), "utf8");
  validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(JSON.parse(text));
});

afterAll(() => folder.remove());

/** Runs a command line with `--json` and checks every line that it writes. */
async function check(argv: readonly string[], parts: HostParts = {}): Promise<RunResult> {
  const result = await runCli(folder.path, [...argv, "--json"], parts);
  const written = (result.stdout + result.stderr).split("\n").filter((line) => line !== "");
  const parsed = [...result.lines, ...result.errorLines];
  expect(parsed).toHaveLength(written.length);
  for (const line of parsed) {
    validate(line);
    expect({ line, errors: validate.errors }).toEqual({ line, errors: null });
  }
  return result;
}

const COMMANDS: readonly (readonly string[])[] = [
  ["init"],
  ["add", "ok.txt"],
  ["add", "-r", "."],
  ["import-manifest", "list.jsonl"],
  ["show", "1"],
  ["search"],
  ["search", "--limit", "1"],
  ["search", "--text", "nothing like this"],
  ["where", "0000"],
  ["where", "ca97"],
  ["variants", "1"],
  ["why", "1"],
  ["why", "nothing"],
  ["verify", "--all", "--verbose"],
  ["verify", "1"],
  ["audit"],
  ["dedup-report"],
  ["dedup"],
  ["dedup", "--apply"],
  ["gc"],
  ["gc", "--dry-run", "--orphans", "0"],
  ["gc", "--apply", "--orphans", "0", "--force"],
  ["retention", "--keep-last", "1"],
  ["retention", "--max-files", "1", "--min-age", "0s"],
  ["retention", "--keep-last", "1", "--apply"],
  ["relocate", "file:///docs", "."],
  ["relocate", "/docs", "moved", "--allow-missing", "--apply"],
  ["stats"],
  ["checkpoint"],
  ["config"],
  ["config", "--set", "catalog=false"],
  ["completions", "zsh"],
  ["pin", "doi:10.1/a", "--reason", "one"],
  ["pin", "1", "--reason", "two", "--until", "30d"],
  ["pin", "1", "--reason", "three"],
  ["pin", "nothing", "--reason", "x"],
  ["pin", "--list"],
  ["why", "1"],
  ["unpin", "doi:10.1/a"],
  ["unpin", "1"],
  ["unpin", "1"],
  ["remove", "--dry-run", "1"],
  ["remove", "1", "99"],
  ["remove", "1"],
  ["why", "doi:10.1/a"],
  ["restore", "1"],
  ["restore", "ok.txt", "--apply"],
  ["repair", "--all"],
  ["repair", "doi:10.1/b", "12345"],
  ["repair", "doi:10.1/b", "12345", "--apply", "--into-root", "--max-bytes", "0"],
];

describe("cli-output.schema.json", () => {
  it("has a summary for every command, and no other", async () => {
    expect(new Set(COMMANDS.map(([verb]) => verb))).toEqual(new Set(VERBS.map(({ verb }) => verb)));
    for (const { verb } of VERBS) {
      validate({ type: "summary", schema_version: 1, command: verb });
      expect(validate.errors?.some(({ keyword }) => keyword === "required")).toBe(true);
    }
  });

  it.each(COMMANDS)("describes what %s %s %s writes", async (...argv) => {
    const { lines } = await check(argv.filter((word) => word !== undefined));
    expect(lines.at(-1)).toMatchObject({ type: "summary", schema_version: 1, command: argv[0] });
  });

  it("describes errors, log lines and progress", async () => {
    expect((await check(["serch"])).errorLines[0]).toMatchObject({ type: "error" });
    expect((await check(["show", "1", "--catalog", "nope", "--verbose"])).errorLines[0]).toMatchObject({
      trace: expect.any(String),
    });
    const parts: HostParts = {
      openCatalog: async ({ settings, mode, logger }) => {
        logger.log("warn", "something", { path: "x", count: 1, known: true, nothing: null });
        logger.log("error", "something else");
        return openNodeCatalog(settings, mode, { logger });
      },
    };
    expect((await check(["stats"], parts)).errorLines.map(({ type }) => type)).toEqual(["log", "log"]);
    const lines = Array.from({ length: 3000 }, (_, index) => `{"artifact_id":"${index}","source_url":"u","path":"p"}`);
    await writeFiles(folder.path, { "many.jsonl": lines.join("\n") });
    const { errorLines } = await check(["import-manifest", "many.jsonl", "--hash", "none"]);
    expect(errorLines[0]).toMatchObject({ type: "progress" });
  });

  it("refuses lines of other shapes", () => {
    for (const line of [{}, { type: "record" }, { type: "record", record: "document", id: 1 }, { type: "nope" }]) {
      expect(validate(line)).toBe(false);
    }
  });
});

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
// biome-ignore lint/correctness/useImportExtensions: a script, which is JavaScript
import { verbTable } from "../../../scripts/verb-documents.mjs";
import { createOutputSchema, type VerbWithOutput } from "../../../src/cli/output-schema/create-output-schema.ts";
import type { VerbOutputSchema } from "../../../src/cli/output-schema/verb-output-schema.ts";
import { VERBS } from "../../../src/cli/verbs/all.ts";
import { GREET } from "../made-up-verb/definition.ts";
import { OUTPUT_SCHEMA as GREET_OUTPUT } from "../made-up-verb/output-schema.ts";
import { makeFolder, type RunResult, runCli } from "../test-host.ts";

const ROOT = new URL("../../../", import.meta.url);
const FOLDER = new URL("src/cli/verbs/", ROOT);

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), "utf8");
}

/** What each verb has to say about its output, from the file of its folder. */
function readOutputs(): Promise<readonly VerbWithOutput[]> {
  return Promise.all(
    VERBS.map(async ({ verb }) => {
      const part: { readonly OUTPUT_SCHEMA: VerbOutputSchema } = await import(
        `../../../src/cli/verbs/${verb}/output-schema.ts`
      );
      return { verb, output: part.OUTPUT_SCHEMA };
    }),
  );
}

describe("the list of verbs", () => {
  it("has every folder beside it, and each has its parts and a test of its name", () => {
    const folders = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(VERBS.map(({ verb }) => verb).sort()).toEqual(folders.map(({ name }) => name).sort());
    for (const { verb } of VERBS) {
      for (const part of ["definition.ts", "run.ts", "output-schema.ts"]) {
        expect(existsSync(new URL(`${verb}/${part}`, FOLDER)), `${verb}/${part}`).toBe(true);
      }
      expect(existsSync(new URL(`test/cli/verbs/${verb}.test.ts`, ROOT)), `${verb}.test.ts`).toBe(true);
    }
  });

  it("is what the schema of the output and the README's table are made from", async () => {
    expect(JSON.parse(read("schema/cli-output.schema.json"))).toEqual(createOutputSchema(await readOutputs()));
    expect(read("README.md")).toContain(verbTable(VERBS));
  });
});

describe("a made-up verb, added to the list", () => {
  const verbs = [...VERBS, GREET];
  let folder: Awaited<ReturnType<typeof makeFolder>>;

  beforeAll(async () => {
    folder = await makeFolder();
  });

  afterAll(() => folder.remove());

  function cli(...argv: string[]): Promise<RunResult> {
    return runCli(folder.path, argv, { verbs });
  }

  it("works, with its flags", async () => {
    expect(await cli("greet", "Ada")).toMatchObject({ exitCode: 0, stdout: "Hello, Ada!\n", stderr: "" });
    expect((await cli("greet", "--tone", "formal", "Ada")).stdout).toBe("How do you do, Ada?\n");
    expect(await cli("greet", "--times", "0", "Ada")).toMatchObject({ exitCode: 2, stdout: "" });
    expect((await runCli(folder.path, ["greet", "Ada"])).stderr).toContain("there is no such command");
  });

  it("is in the help", async () => {
    const { stdout } = await cli("--help");
    expect(stdout).toMatch(/^ {2}completions +.*\n {2}greet +greet somebody$/m);
    const own = await cli("greet", "--help");
    expect(own.stdout).toContain("Usage: catalog greet [FLAGS] NAME\n");
    expect(own.stdout).toContain("--tone TONE");
    expect((await cli("gret")).stderr).toContain('Did you mean "greet"?');
  });

  it.each(["bash", "zsh", "fish"])("is in the completions for %s", async (shell) => {
    const { stdout } = await cli("completions", shell);
    expect(stdout).toContain("greet");
    expect(stdout).toContain("warm formal");
  });

  it("is in the schema of the output, which has what it writes", async () => {
    const schema = createOutputSchema([...(await readOutputs()), { verb: "greet", output: GREET_OUTPUT }]);
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
    const types: unknown[] = [];
    for (const name of ["Ada", "nobody"]) {
      const { lines, errorLines } = await cli("greet", name, "--json");
      for (const line of [...lines, ...errorLines]) {
        validate(line);
        expect({ line, errors: validate.errors ?? [] }).toEqual({ line, errors: [] });
        types.push(line["type"]);
      }
    }
    expect(types).toEqual(["greeting", "summary", "progress", "finding", "summary"]);
    expect(validate({ type: "greeting", name: "Ada" })).toBe(false);
    expect(schema["description"]).toContain("setting, greeting, and summary");
  });

  it("is in the table of the README", () => {
    expect(verbTable(verbs)).toMatch(/\n\| `greet NAME` +\| greet somebody +\|\n$/);
  });

  it("names its lines as no other verb does", async () => {
    const output = { ...GREET_OUTPUT, findings: { add_finding: { description: "", kinds: ["x"], fields: {} } } };
    const outputs = await readOutputs();
    expect(() => createOutputSchema([...outputs, { verb: "greet", output }])).toThrow(
      'Cannot define "add_finding" for greet',
    );
  });
});

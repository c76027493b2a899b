import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installProject, type Ran, runProgram, runtimeOf } from "./installed-project.ts";

let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "content-catalog-single-"));
  const project = await installProject("bun");
  const built = await runProgram(
    [
      ...runtimeOf("bun").command(project),
      ...["build", "--compile", "node_modules/content-catalog/dist/bin.mjs", "--outfile", join(folder, "catalog")],
    ],
    project,
  );
  rmSync(project, { recursive: true });
  if (built.exitCode !== 0) throw new Error(`Cannot build the single file: ${built.stderr}${built.stdout}`);
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function catalog(...words: readonly string[]): Promise<Ran> {
  return runProgram([join(folder, "catalog"), ...words], folder);
}

describe("Command line as a single file", () => {
  it("works in an empty folder, with the package gone", async () => {
    writeFileSync(join(folder, "paper"), `%PDF-1.7\n${"x".repeat(1_000_000)}`);
    expect(await catalog("--version")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await catalog("init")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await catalog("add", "paper", "--json", "--quiet")).toMatchObject({ exitCode: 0, stderr: "" });
    const shown = await catalog("show", "file:paper", "--json");
    expect(JSON.parse(shown.stdout.split("\n")[0] ?? "")).toMatchObject({
      artifact_id: "file:paper",
      content_type: "application/pdf",
      bytes: 1_000_009,
    });
    expect((await catalog("stats")).stdout).toMatch(/^documents +1$/m);
    expect((await catalog("dedup-report")).exitCode).toBe(0);
    expect((await catalog("completions", "bash")).stdout).toContain("catalog");
    expect((await catalog("serch")).exitCode).toBe(2);
  });
});

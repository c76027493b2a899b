import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../package/built-package.ts";
import { installed, runProgram } from "../runtimes/together/installed-project.ts";
import { findCommentExamples } from "./comment-examples.ts";
import { createExampleProject, emptyFolders, rowsOf } from "./example-project.ts";

const EXAMPLES = findCommentExamples();

let project = "";

beforeAll(() => {
  project = createExampleProject();
  mkdirSync(join(project, "comments"));
  for (const { owner, text } of EXAMPLES) {
    writeFileSync(join(project, "comments", `${owner.replaceAll("/", "-")}.ts`), text);
  }
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

/** The example of a file, as a program. */
function programOf(owner: string): string {
  const [example, ...more] = EXAMPLES.filter((each) => each.owner === owner);
  expect([owner, more]).toEqual([example?.owner, []]);
  const name = `${owner.replaceAll("/", "-")}.mjs`;
  writeFileSync(join(project, name), example?.text ?? "");
  return name;
}

describe("Examples of comments", () => {
  it("are there for every entry but the worker, which nobody calls", () => {
    expect(EXAMPLES.map(({ owner, ignored }) => (ignored ? `${owner} (not for Deno)` : owner))).toEqual([
      "adapters/telemetry/otel",
      "hosts/browser",
      "hosts/bun (not for Deno)",
      "hosts/deno",
      "hosts/memory",
      "hosts/node",
      "hosts/workerd (not for Deno)",
      "index",
      "testing/faulty-file-system",
      "testing/file-system-suite (not for Deno)",
    ]);
  });

  it("compile against the packed package", async () => {
    const options = {
      ...{ target: "esnext", module: "esnext", moduleResolution: "bundler", strict: true, noEmit: true },
      ...{ lib: ["ESNext", "DOM", "DOM.Iterable", "DOM.AsyncIterable"], types: ["node"], moduleDetection: "force" },
      paths: { "@content-catalog/catalog/*": ["./node_modules/content-catalog/dist/*.d.mts"] },
    };
    writeFileSync(join(project, "comments", "bun.d.ts"), "declare const Bun: { file(path: string): Blob };\n");
    const include = ["comments/*.ts", "examples/edge/sql-wasm.d.ts"];
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include }));
    const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
    const { stdout } = await runProgram([process.execPath, tsc, "-p", "."], project);
    expect(stdout).toBe("");
  });

  it("run under Bun, if they are for it", async () => {
    emptyFolders(project);
    const ran = await runProgram([installed("bun/bin/bun"), programOf("hosts/bun")], project);
    expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await rowsOf(project)).toHaveLength(1);
  });

  it("run under Node, if they need its test runner", async () => {
    const { stdout, exitCode } = await runProgram(
      [process.execPath, "--test-reporter=tap", programOf("testing/file-system-suite")],
      project,
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^# pass [1-9]\d+$/m);
    expect(stdout).toMatch(/^# fail 0$/m);
  });
});

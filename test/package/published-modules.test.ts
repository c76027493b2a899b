import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
// biome-ignore lint/correctness/useImportExtensions: that is its extension; what ends in .d.mts are its types.
import { filesOfDryRun, judgeArchive, modulesOf } from "../../scripts/published-modules.mjs";
import { ROOT } from "./built-package.ts";

const FILES: Readonly<Record<string, string>> = {
  "src/a.ts": 'import { b } from "./b.ts";\nimport { join } from "node:path";\nexport { c } from "./more/c.ts";\n',
  "src/b.ts": 'import { a } from "./a.ts";\nexport const b = () => import("./later.ts");\n',
  "src/later.ts": 'let kind: typeof import("./typed.ts").kind;\n',
  "src/typed.ts": 'import type { Only } from "./more/only.ts";\n// import { no } from "./unused.ts";\n',
  "src/more/c.ts": 'import value from "package";\nexport const text = "./unused.ts";\n',
  "src/more/only.ts": "export interface Only {}\n",
  "src/unused.ts": "export {};\n",
};

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "content-catalog-modules-"));
  mkdirSync(join(folder, "src", "more"), { recursive: true });
  for (const [path, text] of Object.entries(FILES)) writeFileSync(join(folder, path), text);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the modules of an archive", () => {
  it("are those that the entries import, in whatever way", () => {
    const used = Object.keys(FILES).filter((path) => path !== "src/unused.ts");
    expect(modulesOf(folder, ["./src/a.ts"])).toEqual(used.sort());
  });

  it("are read from what Deno prints", () => {
    const output = [
      "Checking for slow types in the public API...",
      "Check file:///work/a b/src/a.ts",
      "Simulating publish of @content-catalog/catalog@0.1.0 with files:",
      "   file:///work/a%20b/src/a.ts (1.12KB)",
      "   file:///work/a%20b/src/more/c.ts (7B)",
      "   file:///work/a%20b/README.md (2MB)",
      "   file:///work/other/src/b.ts (1B)",
      "Success Dry run complete",
    ].join("\n");
    expect(filesOfDryRun("/work/a b", output)).toEqual(["README.md", "src/a.ts", "src/more/c.ts"]);
    expect(filesOfDryRun("/work/a b/", output)).toEqual(["README.md", "src/a.ts", "src/more/c.ts"]);
  });

  it("are all in it, and it holds no other", () => {
    expect(judgeArchive(["README.md", "schema/a.json", "src/a.ts"], ["src/a.ts"])).toEqual([]);
    expect(judgeArchive(["src/a.ts", "src/b.d.ts"], ["src/a.ts", "src/c.gen.ts"])).toEqual([
      expect.stringMatching(/^src\/c\.gen\.ts is imported, and is not in the archive/),
      expect.stringMatching(/^src\/b\.d\.ts is in the archive, and no entry imports it/),
    ]);
  });

  it("are named in deno.json where git ignores them, or Deno would leave them out", () => {
    const deno = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));
    const ignored = readFileSync(join(ROOT, ".gitignore"), "utf8").split("\n");
    const modules = modulesOf(ROOT, Object.values<string>(deno.exports)).filter((path) => ignored.includes(`/${path}`));
    expect(modules.length).toBeGreaterThan(0);
    expect(deno.publish.exclude).toEqual(expect.arrayContaining(modules.map((path) => `!${path}`)));
  });
});

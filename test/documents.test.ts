import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["src", "test", "schema", "scripts", "examples", "docs", ".ci"];

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** The words in backquotes that begin with a folder of the repository, less those that stand for any name. */
function pathsIn(text: string): readonly string[] {
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
  return spans.filter(
    (span) => FOLDERS.includes(span.split("/")[0] ?? "") && /^[\w./-]+$/.test(span) && !/N{2}|NAME/.test(span),
  );
}

/** The files that links of a document lead to. */
function linksIn(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)#\s]+)\)/g)].map(([, link = ""]) => link).filter((link) => !/^[a-z]+:/.test(link));
}

function scriptsIn(text: string): readonly string[] {
  return [...text.matchAll(/\bnpm run ([\w-]+)/g)].map(([, name = ""]) => name);
}

describe.each(["CONTRIBUTING.md", "docs/architecture.md", "docs/collecting.md", "README.md", "examples/README.md"])(
  "%s",
  (path) => {
    const text = read(path);

    it("names files and folders that are there", () => {
      expect(pathsIn(text).filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
      expect(linksIn(text).filter((link) => !existsSync(join(ROOT, dirname(path), link)))).toEqual([]);
    });

    it("names scripts that are there", () => {
      const { scripts } = JSON.parse(read("package.json"));
      expect(scriptsIn(text).filter((name) => !(name in scripts))).toEqual([]);
    });
  },
);

describe("CONTRIBUTING.md", () => {
  it("names every script, and every folder of the repository and of src", () => {
    const text = read("CONTRIBUTING.md");
    const { scripts } = JSON.parse(read("package.json"));
    // npm runs the last two by itself, or the others do.
    const named = new Set([...scriptsIn(text), "test", "build", "prepare"]);
    expect(Object.keys(scripts).filter((name) => !named.has(name))).toEqual([]);
    for (const folder of [
      "schema",
      "src/core",
      "src/ports",
      "src/catalog",
      "src/adapters",
      "src/testing",
      "src/hosts",
    ]) {
      expect(text).toContain(`\`${folder}/\``);
    }
  });
});

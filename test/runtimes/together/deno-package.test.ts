import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../package/built-package.ts";
import { installed, type Ran, runProgram } from "./installed-project.ts";

const MANIFEST: { readonly exports: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(join(ROOT, "deno.json"), "utf8"),
);
const ENTRIES = Object.values(MANIFEST.exports).map((path) => join(ROOT, path));

let folder = "";

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "content-catalog-deno-")));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What Deno says, without color and without what it says about types of Node that nobody asked for. */
async function deno(words: readonly string[], cwd: string = ROOT): Promise<Ran> {
  const ran = await runProgram(["env", "NO_COLOR=1", installed("deno/deno"), ...words], cwd);
  const noise = /^Warning Failed resolving types\. .*\n.*\/@types\/node\/.*\n/gm;
  return { ...ran, stderr: ran.stderr.replace(noise, "") };
}

function pathInRoot(url: string): string {
  return relative(ROOT, fileURLToPath(url)).split(sep).join(posix.sep);
}

/** The files of ours that the entries load, at once or later. */
async function loadedFiles(): Promise<readonly string[]> {
  const paths = new Set<string>();
  for (const entry of ENTRIES) {
    const { modules }: { modules: { specifier: string }[] } = JSON.parse(
      (await deno(["info", "--json", entry])).stdout,
    );
    for (const { specifier } of modules) if (specifier.startsWith("file:")) paths.add(pathInRoot(specifier));
  }
  return [...paths].filter((path) => path.startsWith("src/")).sort();
}

/* Style, types and comments Deno is asked about by the gate: scripts/deno-checks.mjs. */
describe("Package on Deno", () => {
  it("has examples in its comments that run, with what an example may write to", async () => {
    const permissions = ["--no-prompt", "--allow-read", `--allow-write=${folder}`];
    const words = ["test", "--doc", "--no-check", "--config", join(ROOT, "deno.json"), ...permissions];
    const { stdout, stderr, exitCode } = await deno([...words, join(ROOT, "src")], folder);
    expect([stderr, exitCode]).toEqual(["", 0]);
    // By default Deno takes a file without a single test for a success.
    const ran = [...stdout.matchAll(/src\/([\w/-]+)\.ts#.*\bok \(/g)].map(([, name = ""]) => name);
    expect(ran).toEqual(expect.arrayContaining(["index", "hosts/node", "hosts/deno", "hosts/memory"]));
    expect(readdirSync(folder).sort()).toEqual(["data", "state"]);
  });

  it("can be published as it stands: what the entries load, and nothing else", async () => {
    // What is not committed yet is tried, too.
    const { stderr, exitCode } = await deno(["publish", "--dry-run", "--allow-dirty"]);
    expect([exitCode, stderr.match(/^(?:warning|error).*/gim)]).toEqual([0, null]);
    const published = [...stderr.matchAll(/^ +(file:\S+) \(/gm)].map(([, url = ""]) => pathInRoot(url));
    const ambient = "src/hosts/sql-js-browser.d.ts"; // is asked for by its name and by nobody's import
    const code = published.filter((path) => path.startsWith("src/") && path !== ambient);
    expect(code.sort()).toEqual(await loadedFiles());
    expect(published.filter((path) => !path.startsWith("src/")).sort()).toEqual([
      "LICENSE",
      "README.md",
      "deno.json",
      ...readdirSync(join(ROOT, "schema")).map((name) => `schema/${name}`),
    ]);
  });
});

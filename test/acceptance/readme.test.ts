import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VERBS } from "../../src/cli/verbs/all.ts";
import { describeWith } from "../components.ts";
import { installPacked, ROOT } from "../package/built-package.ts";
import { blocksOf, README } from "./readme-blocks.ts";

let project = "";
let server: ChildProcess;
let url = "";

const SERVER = `require("node:http").createServer((request, response) => response.end("%PDF-1.7 paper"))
  .listen(0, "127.0.0.1", function () { console.log("http://127.0.0.1:" + this.address().port + "/abcd.pdf"); })`;

/** A process of its own, as the programs below are waited for. */
async function serve(): Promise<void> {
  server = spawn(process.execPath, ["-e", SERVER], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(server.stdout ?? server, "data")) as [Buffer];
  url = line.toString().trim();
}

beforeAll(async () => {
  await serve();
  project = realpathSync(mkdtempSync(join(tmpdir(), "content-catalog-readme-")));
  installPacked(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  mkdirSync(join(project, "node_modules", ".bin"));
  symlinkSync("../content-catalog/dist/bin.mjs", join(project, "node_modules", ".bin", "catalog"));
  writeDownloads();
});

afterAll(() => {
  server.kill();
  rmSync(project, { recursive: true, force: true });
});

/** What a downloader leaves, and a folder without a manifest: the artifact and the hash that the README asks for, and two files with the same bytes. */
function writeDownloads(): void {
  const files = { "abcd.pdf": "%PDF-1.7 paper", "copy.pdf": "%PDF-1.7 paper", "empty.txt": "" };
  mkdirSync(join(project, "downloads"));
  const lines = Object.entries(files).map(([name, content], index) => {
    writeFileSync(join(project, "downloads", name), content);
    const workId = index === 0 ? "doi:10.1234/abcd" : `doi:10.1234/${name}`;
    const fields = { record_type: "manifest", schema_version: 5, work_id: workId, resolver: "unpaywall" };
    return `${JSON.stringify({ ...fields, url: `https://example.org/${name}`, path: name })}\n`;
  });
  writeFileSync(join(project, "downloads", "manifest.jsonl"), lines.join(""));
  mkdirSync(join(project, "papers"));
  writeFileSync(join(project, "papers", "abcd.pdf"), files["abcd.pdf"]);
}

/** Finds what npx found the first time; npx takes longer to start than all that it starts. */
const FASTER_NPX = 'npx() { PATH="$PWD/node_modules/.bin:$PATH" "$@"; };';

describeWith("npx", "README.md", (shell) => {
  it("has commands that run as they stand, in this order", () => {
    const lines = blocksOf("console").flatMap((block) => block.trim().split("\n"));
    expect(lines.length).toBeGreaterThan(3);
    for (const [index, line] of lines.entries()) {
      expect(line).toMatch(/^\$ npx catalog /);
      const words = [...shell.words, "-c", `${index === 0 ? "" : FASTER_NPX} ${line.slice(2)}`];
      const { status, stderr } = spawnSync(shell.program, words, { cwd: project, encoding: "utf8" });
      expect({ line, status, stderr: stderr.replace(/^npm .*\n/gm, "") }).toEqual({ line, status: 0, stderr: "" });
    }
    expect(existsSync(join(project, "state", "catalog.sqlite"))).toBe(true);
    // As many documents as files: none of them comes twice.
    const stats = spawnSync(process.execPath, ["node_modules/.bin/catalog", "stats", "--json"], {
      cwd: project,
      encoding: "utf8",
    });
    expect(JSON.parse(stats.stdout)).toMatchObject({ documents: 4 });
  });
});

describe("README.md", () => {
  it("has code that compiles and runs as it stands", () => {
    // Those for other runtimes run there: test/examples.
    const blocks = blocksOf("ts").filter((block) => block.includes('"content-catalog/node"'));
    expect(blocks.length).toBeGreaterThan(0);
    const lib = ["ES2023", "DOM", "DOM.AsyncIterable", "ESNext.Disposable"];
    const compilerOptions = { target: "es2022", module: "nodenext", lib, strict: true, noEmit: true };
    const types = { types: ["node"], typeRoots: [join(ROOT, "node_modules", "@types")] };
    const files = blocks.map((_, index) => `block-${index}.ts`);
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...compilerOptions, ...types }, files }),
    );
    for (const [index, block] of blocks.entries()) writeFileSync(join(project, `block-${index}.ts`), block);
    const compiler = spawnSync(process.execPath, [join(ROOT, "node_modules", "typescript", "bin", "tsc"), "-p", "."], {
      cwd: project,
      encoding: "utf8",
    });
    expect(compiler.stdout).toBe("");
    for (const [index, block] of blocks.entries()) {
      const { outputText } = ts.transpileModule(block, {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: 99 },
      });
      writeFileSync(join(project, `block-${index}.mjs`), outputText);
      expect(execFileSync(process.execPath, [`block-${index}.mjs`, url], { cwd: project, encoding: "utf8" })).not.toBe(
        "",
      );
    }
  });

  it("has a configuration that is in effect as it stands", () => {
    const [block = ""] = blocksOf("yaml");
    const folder = join(project, "configured");
    mkdirSync(folder);
    writeFileSync(join(folder, "catalog.config.yaml"), block);
    const argv = [join(project, "node_modules", "content-catalog", "dist", "bin.mjs"), "config", "--json"];
    const lines = execFileSync(process.execPath, argv, { cwd: folder, encoding: "utf8" }).trim().split("\n");
    const settings = lines.map((line) => JSON.parse(line));
    for (const [, key, value] of block.matchAll(/^ {2}(\w+): ([^ #\n]+)/gm)) {
      const shown = settings.find((setting) => setting.key === `catalog.${key}`);
      expect(String(shown.value).endsWith(value ?? "?"), `${key}: ${shown.value}`).toBe(true);
      expect(shown.origin).toMatch(/^file /);
    }
  });

  it("names every verb, every script that it tells to run, and files that are there", () => {
    for (const { verb } of VERBS) expect(README).toMatch(new RegExp(`^\\| \`${verb}[\` ]`, "m"));
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const named = [...README.matchAll(/`npm (?:run )?(\w+)`/g)].map(([, name = ""]) => name);
    expect(named).toEqual(expect.arrayContaining(["demo", "test"]));
    for (const name of named) expect([name, scripts[name]]).toEqual([name, expect.any(String)]);
    for (const [, target = ""] of README.matchAll(/\]\(([^)#:]+)\)/g)) {
      expect(existsSync(join(ROOT, target)), target).toBe(true);
    }
  });
});

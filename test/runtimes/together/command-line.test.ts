import { once } from "node:events";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../package/built-package.ts";
import { emptyWork, installProject, RUNTIMES, type Runtime, runProgram, runScript } from "./installed-project.ts";

const BIN = join("node_modules", "content-catalog", "dist", "bin.mjs");

/** By the host whose package manager installed the package in them. */
const projects = new Map<Runtime["host"], string>();
let expected: readonly string[] = [];
let server: Server;

beforeAll(async () => {
  for (const { host } of RUNTIMES) if (!projects.has(host)) projects.set(host, await installProject(host));
  server = createServer((_request, response) => response.end("%PDF-1.7 paper")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const [first] = RUNTIMES;
  expected = first === undefined ? [] : await runSession(first);
}, 600_000);

afterAll(() => {
  server.close();
  for (const project of projects.values()) rmSync(project, { recursive: true, force: true });
});

function projectOf({ host }: Runtime): string {
  return projects.get(host) ?? "";
}

/** No command of ours: moves a folder, as people do by themselves. */
const MOVE = "mv";

/** What somebody types who got a manifest from a downloader; exit codes are part of the answer. */
const SESSION: readonly (readonly string[])[] = [
  ["--version"],
  ["stats"],
  ["init"],
  ["add", "-r", "work/more", "--json"],
  ["add", "-r", "work/more"],
  ["import-manifest", "work/manifest.jsonl"],
  ["import-manifest", "work/manifest.jsonl", "--json"],
  ["show", "doi:10.1/1"],
  ["show", "doi:10.1/none"],
  ["show", "file:more/picture"],
  ["search", "--resolver", "unpaywall"],
  ["search", "--resolver", "unpaywall", "--json"],
  ["where", "2cf24dba"],
  ["dedup-report"],
  ["dedup-report", "--json"],
  ["stats"],
  ["stats", "--json"],
  ["relocate", "work/data", "work/elsewhere", "--allow-missing"],
  [MOVE, "work/data", "work/moved"],
  ["relocate", "work/data", "work/moved"],
  ["relocate", "work/data", "work/nowhere", "--apply"],
  ["relocate", "work/data", "work/moved", "--apply", "--json"],
  ["show", "file:more/picture"],
  ["relocate", "work/data", "work/moved", "--apply"],
  ["remove", "doi:10.1/3"],
  ["search", "--nonsense"],
  ["where", "zz"],
];

/** What tells that a file is a picture, whatever it is called: the signature, and the start of the first two chunks. */
const PNG_START = Buffer.concat([
  Buffer.from("89504e470d0a1a0a0000000d", "hex"),
  ...[Buffer.from("IHDR"), Buffer.alloc(17), Buffer.alloc(4), Buffer.from("IDAT")],
]);

function writeDownloads(work: string): void {
  const lines = ["hello", "hello", "world"].map((text, index) => {
    writeFileSync(join(work, `${index + 1}.pdf`), text);
    return JSON.stringify({
      record_type: "manifest",
      schema_version: 5,
      timestamp: `2025-10-0${index + 1}T12:00:00Z`,
      run_id: "run-1",
      work_id: `doi:10.1/${index + 1}`,
      url: `https://example.org/${index + 1}.pdf`,
      resolver: "unpaywall",
      classification: "pdf",
      content_type: "application/pdf",
      path: `${index + 1}.pdf`,
    });
  });
  mkdirSync(join(work, "more"));
  writeFileSync(join(work, "more", "picture"), new Uint8Array([...PNG_START, ...new Uint8Array(40)]));
  writeFileSync(join(work, "more", "note.txt"), "hello");
  writeFileSync(join(work, "manifest.jsonl"), `${[...lines, "no json"].join("\n")}\n`);
}

/** The session from an empty folder on: per command its exit code and what it printed, less what time it was. */
async function runSession(runtime: Runtime): Promise<readonly string[]> {
  const project = projectOf(runtime);
  writeDownloads(emptyWork(project));
  const where = ["--catalog", "work/state/catalog.sqlite", "--root", "work/data", "--no-color"];
  const answers: string[] = [];
  for (const words of SESSION) {
    const [verb, from = "", to = ""] = words;
    if (verb === MOVE) {
      renameSync(join(project, from), join(project, to));
      continue;
    }
    const { stdout, stderr, exitCode } = await runScript(runtime, project, [BIN, ...words, ...where]);
    const said = `${withoutTimes(stdout)}${withoutTimes(stderr)}`.replaceAll(project, "<project>");
    answers.push(`$ catalog ${words.join(" ")}\n${said}exit ${exitCode}`);
  }
  return answers;
}

/** What the first program of the README prints, which stores a download; it works in the folder that it is run in. */
async function runFirstExample(runtime: Runtime): Promise<string> {
  const project = projectOf(runtime);
  const work = emptyWork(project);
  const [, block = ""] = /^```ts\n(.*?)^```$/ms.exec(readFileSync(join(ROOT, "README.md"), "utf8")) ?? [];
  const { outputText } = ts.transpileModule(
    block.replaceAll("content-catalog/node", `content-catalog/${runtime.host}`),
    {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    },
  );
  writeFileSync(join(work, "example.mjs"), outputText);
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const permission = runtime.host === "deno" ? [`--allow-net=127.0.0.1:${port}`] : [];
  const words = ["example.mjs", `http://127.0.0.1:${port}/abcd.pdf`];
  const { stdout, stderr, exitCode } = await runProgram([...runtime.command(project), ...permission, ...words], work);
  return `${stdout}${stderr}exit ${exitCode}`.replaceAll(project, "<project>");
}

/** Without what differs from one run to the next: today's times, how long it took, how often it told of progress. */
function withoutTimes(text: string): string {
  return text
    .replace(/2026-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/g, "<now>")
    .replace(/20[3-9]\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/g, "<now>")
    .replace(/^\{"type":"progress",.*\n/gm, "")
    .replace(/\b[\d.]+ m?s\b/g, "<duration>")
    .replace(/"(duration|elapsed)_ms":[\d.]+/g, '"$1_ms":0')
    .replace(/\b[0-9a-f]{32}\b/g, "<nonce>");
}

describe.each(RUNTIMES.map((runtime) => [runtime.name, runtime] as const))("Command line on %s", (_name, runtime) => {
  it("answers as on every other", async () => {
    expect(await runSession(runtime)).toEqual(expected);
  });

  it("runs the first program of the README", async () => {
    expect(await runFirstExample(runtime)).toMatch(
      /^created false file:\/\/<project>\/work\/data\/docs\/unpaywall\/doi[^\n]*\/abcd\.pdf\nexit 0$/,
    );
  });
});

describe("Command line", () => {
  it("was asked for something", () => {
    expect(expected).toHaveLength(SESSION.filter(([verb]) => verb !== MOVE).length);
    const exitCodes = expected.map((answer) => answer.split("exit ").at(-1));
    expect(new Set(exitCodes)).toEqual(new Set(["0", "1", "2", "3"]));
    expect(expected.join("\n")).toContain("https://example.org/3.pdf");
    expect(expected.join("\n")).toMatch(/^content type +image\/png$/m);
    const shown = expected.filter((answer) => answer.startsWith("$ catalog show file:more/picture"));
    expect(shown.map((answer) => /work\/(data|moved)\//.exec(answer)?.[1])).toEqual(["data", "moved"]);
  });
});

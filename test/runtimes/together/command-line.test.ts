import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProject, emptyWork, RUNTIMES, type Runtime, runScript } from "./installed-project.ts";

const BIN = join("node_modules", "content-catalog", "dist", "bin.mjs");

let project = "";
let expected: readonly string[] = [];
beforeAll(async () => {
  project = createProject();
  const [first] = RUNTIMES;
  expected = first === undefined ? [] : await runSession(first);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** What somebody types who got a manifest from a downloader; exit codes are part of the answer. */
const SESSION: readonly (readonly string[])[] = [
  ["--version"],
  ["stats"],
  ["init"],
  ["import-manifest", "work/manifest.jsonl"],
  ["import-manifest", "work/manifest.jsonl", "--json"],
  ["show", "doi:10.1/1"],
  ["show", "doi:10.1/none"],
  ["search", "--resolver", "unpaywall"],
  ["search", "--resolver", "unpaywall", "--json"],
  ["where", "2cf24dba"],
  ["dedup-report"],
  ["dedup-report", "--json"],
  ["stats"],
  ["stats", "--json"],
  ["remove", "doi:10.1/3"],
  ["search", "--nonsense"],
  ["where", "zz"],
];

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
  writeFileSync(join(work, "manifest.jsonl"), `${[...lines, "no json"].join("\n")}\n`);
}

/** The session from an empty folder on: per command its exit code and what it printed, less what time it was. */
async function runSession(runtime: Runtime): Promise<readonly string[]> {
  writeDownloads(emptyWork(project));
  const where = ["--catalog", "work/state/catalog.sqlite", "--root", "work/data", "--no-color"];
  const answers: string[] = [];
  for (const words of SESSION) {
    const { stdout, stderr, exitCode } = await runScript(runtime, project, [BIN, ...words, ...where]);
    answers.push(`$ catalog ${words.join(" ")}\n${withoutTimes(stdout)}${withoutTimes(stderr)}exit ${exitCode}`);
  }
  return answers;
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
});

describe("Command line", () => {
  it("was asked for something", () => {
    expect(expected).toHaveLength(SESSION.length);
    const exitCodes = expected.map((answer) => answer.split("exit ").at(-1));
    expect(new Set(exitCodes)).toEqual(new Set(["0", "1", "2", "3"]));
    expect(expected.join("\n")).toContain("https://example.org/3.pdf");
  });
});

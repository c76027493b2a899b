import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashOf, makeFilledCatalog } from "../filled-catalog.ts";
import { type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFilledCatalog>>;

beforeAll(async () => {
  folder = await makeFilledCatalog();
});

afterAll(() => folder.remove());

function cli(...argv: string[]): Promise<RunResult> {
  return runCli(folder.path, argv);
}

/** The row ids in JSON output. */
function idsOf({ lines }: RunResult): unknown[] {
  return lines.filter(({ type }) => type === "record").map(({ id }) => id);
}

describe("show", () => {
  it("shows a document with its variants", async () => {
    const { exitCode, stdout } = await cli("show", "1");
    expect(exitCode).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "id            1",
      "artifact id   doi:10.1/a",
      "source URL    https://example.org/a",
      "resolver      unpaywall",
      "content type  application/pdf",
      "size          1000 B",
      `SHA-256       ${hashOf("a")}`,
      "stored at     file:///docs/a.pdf",
      "created       2025-01-01 00:00:00Z",
      expect.stringMatching(/^updated {7}\d{4}-/),
      "run           007",
      "",
      "VARIANT     SIZE  TYPE       SHA-256       CREATED               STORED AT",
      `html     2.0 KiB  text/html  ${hashOf("a.html").slice(0, 12)}  2025-01-01 00:00:00Z  file:///docs/a.html`,
      "",
      `Next: catalog where ${hashOf("a").slice(0, 12)}`,
      "",
    ]);
  });

  it.each([
    ["2", 2],
    ["doi:10.1/b", 2],
    ["https://example.org/b", 2],
    ["12345", 5],
    ["99999999999999999999", undefined],
  ])("takes %s for a row id, an artifact or a URL", async (word, id) => {
    const result = await cli("show", word, "--json");
    expect(idsOf(result)).toEqual(id === undefined ? [] : [id]);
    expect(result.exitCode).toBe(id === undefined ? 1 : 0);
  });

  it.each([
    ["show", "x".repeat(5000)],
    ["variants", "x".repeat(5000)],
    ["search", "--source-url", "x".repeat(5000)],
    ["search", "--artifact-id", "x".repeat(5000)],
  ])("answers for what is longer than could be stored: %s", async (...argv) => {
    const { exitCode, stdout, stderr } = await cli(...argv);
    expect([exitCode, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(/^No document/);
  });

  it("says that nothing was found", async () => {
    expect(await cli("show", "nope")).toMatchObject({
      exitCode: 1,
      stdout: 'No document has the row id, artifact id or source URL "nope".\nNext: catalog search --text TEXT\n',
    });
    expect((await cli("show", "nope", "--json")).lines).toEqual([
      { type: "summary", schema_version: 1, command: "show", documents: 0, variants: 0 },
    ]);
    expect((await cli("show", "a\0b")).exitCode).toBe(2);
  });

  it("lets no control characters through", async () => {
    const { stdout } = await cli("show", "4", "--verbose");
    expect(stdout).toContain("doi:10.1/\\x1b]0;owned\\x07\\n名前\\u{202e}\n");
    expect(stdout).toContain("https://example.org/\\x9b31m\n");
    expect(stdout).toContain("run           -\n");
    expect((await cli("show", "3")).stdout).toContain("Next: catalog search --unhashed\n");
    expect((await cli("show", "5")).stdout).toContain("content type  -\n");
  });
});

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

describe("search", () => {
  it.each<[string[], number[]]>([
    [[], [1, 2, 3, 4, 5]],
    [["--artifact-id", "doi:10.1/a"], [1]],
    [["--source-url", "https://example.org/b"], [2]],
    [["--resolver", "arxiv"], [3]],
    [
      ["--run-id", "007"],
      [1, 2, 3, 5],
    ],
    [
      ["--content-type", "application/*"],
      [1, 2, 3, 4],
    ],
    [
      ["--sha256", hashOf("a").slice(0, 6)],
      [1, 2],
    ],
    [["--text", "EXAMPLE.org/c"], [3]],
    [
      ["--min-size", "1kB"],
      [1, 2, 3],
    ],
    [["--max-size", "29B"], [4]],
    [["--since", "2025-01-04", "--until", "2025-01-05"], [4]],
    [["--unhashed"], [3]],
    [
      ["--sort", "bytes", "--order", "descending", "--limit", "2"],
      [3, 2],
    ],
  ])("finds by %j", async (flags, ids) => {
    const result = await cli("search", "--json", ...flags);
    expect(result.exitCode).toBe(0);
    expect(idsOf(result).sort()).toEqual([...ids].sort());
  });

  it("prints a table that is safe and aligned", async () => {
    const { stdout } = await cli("search", "--since", "2025-01-03");
    expect(stdout.split("\n")).toEqual([
      "ID  ARTIFACT                                 RESOLVER      SIZE  SHA-256       CREATED               SOURCE URL",
      expect.stringMatching(
        /^ 3 {2}doi:10\.1\/c +arxiv +4\.8 MiB {2}- +2025-01-03 00:00:00Z {2}https:\/\/example.org\/c$/,
      ),
      expect.stringMatching(/^ 4 {2}doi:10\.1\/\\x1b\]0;owned\\x07\\n名前\\u\{202e\} {2}unpaywall +20 B/),
      expect.stringMatching(/^ 5 {2}12345/),
      "3 documents.",
      "Next: catalog show ID",
      "",
    ]);
    const { stdout: verbose } = await cli("search", "--verbose", "--resolver", "arxiv");
    expect(verbose).toMatch(/TYPE +RUN +UPDATED +STORED AT/);
    expect(verbose).toContain("5000000");
    expect((await cli("search", "--verbose", "--text", "12345")).stdout).toMatch(/ {2}- +007 /);
  });

  it("pages with a cursor that can be pasted", async () => {
    const first = await cli("search", "--limit", "2", "--since", "36500d", "--text", "example.org", "--verbose");
    const next = /^Next: catalog (search .*)$/m.exec(first.stdout)?.[1]?.split(" ") ?? [];
    expect(next[1]).toBe("--text=example.org");
    const second = await cli(...next, "--json");
    expect(idsOf(second)).toEqual([3, 4]);
    const cursor = String(second.lines.at(-1)?.["cursor"]);
    const since = next.find((word) => word.startsWith("--since=")) ?? "";
    const third = await cli("search", "--text", "example.org", since, "--json", "--cursor", cursor);
    expect(idsOf(third)).toEqual([5]);
    expect(third.lines.at(-1)).toMatchObject({ documents: 1, cursor: null });
    const unhashed = await cli("search", "--unhashed", "--limit", "1");
    expect(unhashed.stdout).toContain("Next: catalog show ID\n");
  });

  it("keeps a boolean flag in the next command", async () => {
    const other = await makeFilledCatalog();
    try {
      const lines = ["x", "y"].map((name) =>
        JSON.stringify({ artifact_id: name, source_url: name, path: name, bytes: 1 }),
      );
      const stdin = () => new Blob([lines.join("\n")]).stream();
      await runCli(other.path, ["import-manifest", "-", "--hash", "none"], { openStdin: stdin });
      const { stdout } = await runCli(other.path, ["search", "--unhashed", "--limit", "1"]);
      expect(stdout).toMatch(/Next: catalog search --unhashed --limit=1 --cursor=/);
    } finally {
      await other.remove();
    }
  });

  it("refuses a cursor of another search before it opens anything", async () => {
    const { lines } = await cli("search", "--limit", "1", "--json");
    const cursor = String(lines.at(-1)?.["cursor"]);
    expect(await cli("search", "--resolver", "arxiv", "--cursor", cursor)).toMatchObject({ exitCode: 2, stdout: "" });
    expect((await cli("search", "--cursor", "nonsense")).exitCode).toBe(2);
  });

  it("says that nothing matches", async () => {
    expect(await cli("search", "--run-id", "7")).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining("No document matches.\nNext: catalog stats\n"),
    });
  });
});

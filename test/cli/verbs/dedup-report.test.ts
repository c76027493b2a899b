import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashOf, makeFilledCatalog } from "../filled-catalog.ts";
import { type makeFolder, type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeEach(async () => {
  folder = await makeFilledCatalog();
});

afterEach(() => folder.remove());

function cli(...argv: string[]): Promise<RunResult> {
  return runCli(folder.path, argv);
}

describe("dedup-report", () => {
  it("groups documents with the same bytes", async () => {
    const { exitCode, stdout } = await cli("dedup-report");
    expect(exitCode).toBe(0);
    const hash = hashOf("a").slice(0, 12);
    expect(stdout).toBe(
      [
        "SHA-256         SIZE  DOCUMENTS  FILES  RECLAIMABLE  FIRST ARTIFACT",
        `${hash}  1000 B          2      2       1000 B  doi:10.1/a`,
        "1 group with 2 documents; storing each once would free 1000 B.",
        `Next: catalog where ${hash}`,
        "",
      ].join("\n"),
    );
    const verbose = await cli("dedup-report", "--verbose");
    expect(verbose.stdout).toContain(`\n${hashOf("a")}\nID  ARTIFACT    RESOLVER   STORED AT\n`);
    expect(verbose.stdout).toContain(" 2  doi:10.1/b  unpaywall  file:///docs/b.pdf\n");
  });

  it("leaves out what is smaller, and says when there is nothing", async () => {
    const { exitCode, stdout } = await cli("dedup-report", "--min-size", "1001", "--limit", "5");
    expect([exitCode, stdout]).toEqual([0, "No documents share their bytes.\nNext: catalog stats\n"]);
    expect((await cli("dedup-report", "--limit", "0")).exitCode).toBe(2);
  });
});

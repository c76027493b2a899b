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

describe("variants", () => {
  it("lists the variants of a document", async () => {
    const { exitCode, stdout, lines } = await cli("variants", "doi:10.1/a");
    expect([exitCode, lines]).toEqual([0, []]);
    expect(stdout).toContain("html     2.0 KiB  text/html");
    expect(stdout).toContain("Next: catalog show 1\n");
    expect((await cli("variants", "1", "--verbose")).stdout).toContain(hashOf("a.html"));
    expect(idsOf(await cli("variants", "1", "--json"))).toEqual([1]);
  });

  it("tells a document without variants from none", async () => {
    expect(await cli("variants", "2")).toMatchObject({
      exitCode: 1,
      stdout: '"2" has no variants.\nNext: catalog show 2\n',
    });
    expect(await cli("variants", "nope")).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining("No document"),
    });
  });
});

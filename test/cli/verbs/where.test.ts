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

describe("where", () => {
  it("finds documents and variants", async () => {
    const { exitCode, stdout } = await cli("where", hashOf("a").slice(0, 8).toUpperCase());
    expect(exitCode).toBe(0);
    const hash = hashOf("a").slice(0, 12);
    expect(stdout).toContain(`${hash}         1  -        1000 B  file:///docs/a.pdf\n`);
    expect(stdout).toContain(`${hash}         2  -        1000 B  file:///docs/b.pdf\n`);
    const variant = await cli("where", hashOf("a.html"), "--verbose");
    expect(variant.stdout).toContain(`${hashOf("a.html")}         1  html     2048  file:///docs/a.html\n`);
    expect(variant.stdout).toContain("Next: catalog show 1\n");
  });

  it("says that nothing was found, and refuses what is no hash", async () => {
    expect(await cli("where", "0000")).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('with "0000"') });
    expect(await cli("where", "abc")).toMatchObject({ exitCode: 2, stdout: "" });
    expect((await cli("where", "xyzw")).stderr).toContain("expected 4 to 64 hexadecimal characters");
  });
});

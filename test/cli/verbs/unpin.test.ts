import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashOf, writeFiles } from "../filled-catalog.ts";
import { makeFolder, type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
beforeEach(async () => {
  folder = await makeFolder();
  await writeFiles(folder.path, { "in/a.txt": "the bytes\n" });
  await cli("init");
  await cli("add", "in/a.txt", "--artifact-id", "doi:10.1/a");
});
afterEach(() => folder.remove());

function cli(...argv: string[]): Promise<RunResult> {
  return runCli(folder.path, argv);
}

describe("unpin", () => {
  it("ends a pin, once, and what it held may go", async () => {
    await cli("pin", "doi:10.1/a", "--reason", "cited", "--until", "9000-01-01");
    expect(await cli("unpin", "doi:10.1/a")).toMatchObject({
      exitCode: 0,
      stdout:
        'Ended the pin on artifact "doi:10.1/a" ("cited", until 9000-01-01 00:00:00Z).\nNext: catalog pin --list\n',
    });
    expect(await cli("unpin", "doi:10.1/a")).toMatchObject({
      exitCode: 1,
      stdout: 'There is no pin on "doi:10.1/a".\nNext: catalog pin --list\n',
    });
    expect((await cli("remove", "1")).exitCode).toBe(0);
  });

  it("takes the words that pin takes, and one line of JSON tells each pin that ended", async () => {
    const sha256 = hashOf("the bytes\n");
    for (const word of ["1", "in/a.txt", sha256.slice(0, 6), sha256]) {
      await cli("pin", word, "--reason", "x");
      const { lines, exitCode } = await cli("unpin", word, "--json");
      expect([word, exitCode]).toEqual([word, 0]);
      expect(lines).toMatchObject([
        { type: "pin", reason: "x", former: null },
        { type: "summary", command: "unpin", target: word, pins: 1 },
      ]);
    }
  });

  it("ends pins on what is not there any more", async () => {
    await writeFiles(folder.path, { "in/b.txt": "gone soon\n" });
    await cli("add", "in/b.txt");
    const sha256 = hashOf("gone soon\n");
    await cli("pin", sha256, "--reason", "x");
    await cli("remove", "2");
    expect((await cli("unpin", sha256.slice(0, 10))).exitCode).toBe(0);
  });

  it("says that nothing is known by a word", async () => {
    expect(await cli("unpin", "nothing")).toMatchObject({
      exitCode: 1,
      stdout: 'The catalog knows nothing by "nothing", and nothing by that is pinned.\nNext: catalog pin --list\n',
    });
  });
});

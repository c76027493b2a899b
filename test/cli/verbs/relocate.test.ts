import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFilledCatalog } from "../filled-catalog.ts";
import { type makeFolder, type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeEach(async () => {
  folder = await makeFilledCatalog();
  // What the catalog has in /docs; of another size, and gone, are those of three documents.
  await mkdir(join(folder.path, "new docs"));
  for (const [name, bytes] of Object.entries({ "a.pdf": 1000, "a.html": 2048, "b.pdf": 1000, "d.pdf": 21 })) {
    await writeFile(join(folder.path, "new docs", name), new Uint8Array(bytes));
  }
});

afterEach(() => folder.remove());

function cli(...argv: string[]): Promise<RunResult> {
  return runCli(folder.path, argv);
}

async function storedAt(): Promise<readonly unknown[]> {
  const { lines } = await cli("search", "--sort", "id", "--json");
  return lines.slice(0, -1).map((line) => line["storage_uri"]);
}

describe("relocate", () => {
  it("says what it would do, does it with --apply, and then finds no more to do", async () => {
    const before = await storedAt();
    const dry = await cli("relocate", "/docs", "new docs");
    expect(dry.exitCode).toBe(3);
    expect(dry.stderr).toBe(
      [
        `gone: Cannot relocate document 3: "${folder.path}/new docs/c.pdf" is not there\n`,
        `wrong_size: Cannot relocate document 4: "${folder.path}/new docs/d.pdf" has 21 bytes, on record are 20\n`,
        `gone: Cannot relocate document 5: "${folder.path}/new docs/e.pdf" is not there\n`,
      ].join(""),
    );
    expect(dry.stdout).toBe(
      [
        `Would relocate 2 documents and 1 variant from /docs to ${folder.path}/new docs.\n`,
        "3 rows would stay as before.\n",
        `Next: catalog relocate /docs '${folder.path}/new docs' --apply\n`,
      ].join(""),
    );
    expect(await storedAt()).toEqual(before);
    const done = await cli("relocate", "/docs/", "new docs", "--apply", "--jobs", "1");
    expect(done.stdout).toBe(
      `Relocated 2 documents and 1 variant from /docs to ${folder.path}/new docs.\n3 rows stayed as before.\nNext: catalog stats\n`,
    );
    const moved = `file://${folder.path}/new%20docs`;
    expect(await storedAt()).toEqual([`${moved}/a.pdf`, `${moved}/b.pdf`, ...before.slice(2)]);
    const again = await cli("relocate", "/docs", "new docs");
    expect([again.exitCode, again.stdout]).toEqual([
      3,
      "Nothing was relocated.\n3 rows would stay as before.\nNext: catalog stats\n",
    ]);
  });

  it("takes along what is missing with --allow-missing", async () => {
    const { exitCode, stdout } = await cli("relocate", "/docs", "nowhere", "--allow-missing");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Would relocate 5 documents and 1 variant from /docs to ");
    expect(stdout).toContain("6 files of them are not there.\n");
    expect(stdout).toContain(`Next: catalog relocate /docs ${folder.path}/nowhere --allow-missing --apply\n`);
    const done = await cli("relocate", "file:///docs/e.pdf", "file:///e.pdf", "--allow-missing", "--apply", "--json");
    expect(done.lines).toEqual([
      {
        ...{ type: "summary", schema_version: 1, command: "relocate" },
        ...{ applied: true, documents: 1, variants: 0, missing: 1, findings: 0 },
      },
    ]);
    expect((await storedAt()).at(-1)).toBe("file:///e.pdf");
    expect((await cli("relocate", "/docs/c.pdf", "/c.pdf", "--allow-missing")).stdout).toContain("1 file of them is");
  });

  it("takes a place of Windows as it stands in the catalog, and says when there is nothing", async () => {
    const { exitCode, stdout } = await cli("relocate", "C:\\docs\\", ".");
    expect([exitCode, stdout]).toEqual([0, "Nothing to relocate: no row is stored in C:/docs.\nNext: catalog stats\n"]);
  });

  it.each([
    [["/docs", "/docs/"], 2, "the old and the new place are the same"],
    [["file://server/docs", "/docs"], 2, "it names no path of this host"],
    [["file:///%zz", "/docs"], 2, "it names no path of this host"],
    [["/docs"], 2, "NEW"],
    [["/docs", "/no/such/place"], 2, "there is no such file or folder"],
    [["/docs", ".", "--jobs", "0"], 2, "--jobs"],
  ])("refuses %j", async (words, exitCode, message) => {
    const before = await storedAt();
    const result = await cli("relocate", ...words);
    expect([result.exitCode, result.stdout]).toEqual([exitCode, ""]);
    expect(result.stderr).toContain(message);
    expect(await storedAt()).toEqual(before);
  });
});

import { copyFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFilledCatalog } from "./filled-catalog.ts";
import { makeFolder, type RunResult, runCli } from "./test-host.ts";

/* A catalog file that came from another machine, alone: neither its files nor its root are here. */
let folder: Awaited<ReturnType<typeof makeFolder>>;
let before: Buffer;

beforeAll(async () => {
  const origin = await makeFilledCatalog();
  folder = await makeFolder();
  await copyFile(join(origin.path, "state/catalog.sqlite"), join(folder.path, "theirs.sqlite"));
  await origin.remove();
  before = await readFile(join(folder.path, "theirs.sqlite"));
});

afterAll(() => folder.remove());

function cli(...argv: readonly string[]): Promise<RunResult> {
  return runCli(folder.path, [...argv, "--catalog", "theirs.sqlite", "--root", "/no/such/place"]);
}

describe("a catalog without its storage", () => {
  it.each([
    [["show", "1"], "file:///docs/a.pdf"],
    [["search", "--resolver", "arxiv"], "doi:10.1/c"],
    [["where", "ca97"], "file:///docs/a.pdf"],
    [["variants", "1"], "file:///docs/a.html"],
    [["dedup-report"], "ca97"],
    [["stats"], "documents"],
    [["relocate", "/docs", "/mnt/docs", "--allow-missing"], "Would relocate 5 documents"],
  ])("answers %j, and leaves everything as it is", async (words, part) => {
    const { exitCode, stdout, stderr } = await cli(...words);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain(part);
    expect(await readdir(folder.path)).toEqual(["theirs.sqlite"]);
    expect((await readFile(join(folder.path, "theirs.sqlite"))).equals(before)).toBe(true);
  });
});

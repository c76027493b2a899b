import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFiles } from "../filled-catalog.ts";
import { makeFolder, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeEach(async () => {
  folder = await makeFolder();
});

afterEach(() => folder.remove());

describe("init", () => {
  it("creates the catalog once", async () => {
    const path = join(folder.path, "state/catalog.sqlite");
    expect(await runCli(folder.path, ["init"])).toMatchObject({
      exitCode: 0,
      stdout: `Created the catalog ${path}.\nNext: catalog import-manifest PATH\n`,
    });
    await access(path);
    const again = await runCli(folder.path, ["init", "--json"]);
    expect(again.lines).toEqual([
      expect.objectContaining({ command: "init", path, created: false, documents: 0, catalog_schema_version: 1 }),
    ]);
    const lines = ["a", "b"].map((name) => JSON.stringify({ artifact_id: name, source_url: name, path: "list.jsonl" }));
    await writeFiles(folder.path, { "list.jsonl": lines.join("\n") });
    await runCli(folder.path, ["import-manifest", "list.jsonl"]);
    const { stdout } = await runCli(folder.path, ["init"]);
    expect(stdout).toContain("is there already, with 2 documents.\nNext: catalog stats\n");
  });

  it("takes the catalog from flags, relative to the working directory", async () => {
    await runCli(folder.path, ["--catalog", "x/y.sqlite", "init"]);
    await access(join(folder.path, "x/y.sqlite"));
  });
});

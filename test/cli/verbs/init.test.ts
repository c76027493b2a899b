import { access, copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EXIT } from "../../../src/cli/exit-codes.ts";
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
      expect.objectContaining({
        command: "init",
        path,
        created: false,
        documents: 0,
        catalog_schema_version: 5,
        in_root: false,
        other_catalogs: [],
      }),
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

  describe("says who a catalog is to its root", () => {
    const run = (...words: readonly string[]) => runCli(folder.path, ["--root", "data", ...words, "--json"]);
    const idOf = ({ lines }: Awaited<ReturnType<typeof run>>): string => String(lines.at(-1)?.["catalog_id"]);

    beforeEach(async () => {
      await writeFiles(folder.path, { "a.txt": "a", "b.txt": "b" });
      await run("--catalog", "one.sqlite", "add", "a.txt");
    });

    it("names the others that use it", async () => {
      await run("--catalog", "two.sqlite", "add", "b.txt");
      const id = idOf(await run("--catalog", "two.sqlite", "init"));
      const path = join(folder.path, "two.sqlite");
      expect((await run("--catalog", "one.sqlite", "init")).lines.at(-1)).toMatchObject({
        in_root: true,
        root: join(folder.path, "data"),
        other_catalogs: [{ id, path }],
      });
      const { stdout } = await runCli(folder.path, ["--root", "data", "--catalog", "one.sqlite", "init"]);
      expect(stdout).toContain(`The root "${join(folder.path, "data")}" is used by catalog ${id} too, at "${path}".`);
    });

    it("refuses a copy until it has an id of its own", async () => {
      await copyFile(join(folder.path, "one.sqlite"), join(folder.path, "copy.sqlite"));
      expect(await run("--catalog", "copy.sqlite", "add", "b.txt")).toMatchObject({ exitCode: EXIT.refused });
      expect(await run("--catalog", "copy.sqlite", "init")).toMatchObject({ exitCode: EXIT.refused });
      const id = idOf(await run("--catalog", "copy.sqlite", "init", "--new-id"));
      expect((await run("--catalog", "copy.sqlite", "add", "b.txt")).exitCode).toBe(EXIT.done);
      expect(idOf(await run("--catalog", "copy.sqlite", "init"))).toBe(id);
      expect(idOf(await run("--catalog", "one.sqlite", "init"))).not.toBe(id);
    });

    it("goes on with a catalog from a backup when it is adopted", async () => {
      await copyFile(join(folder.path, "one.sqlite"), join(folder.path, "backup.sqlite"));
      await run("--catalog", "one.sqlite", "add", "b.txt");
      await copyFile(join(folder.path, "backup.sqlite"), join(folder.path, "one.sqlite"));
      const { stdout } = await runCli(folder.path, ["--root", "data", "--catalog", "one.sqlite", "init"]);
      expect(stdout).toContain("older than its root has seen it");
      const adopted = await runCli(folder.path, ["--root", "data", "--catalog", "one.sqlite", "init", "--adopt"]);
      expect(adopted).toMatchObject({ exitCode: EXIT.done, stdout: expect.stringContaining("for what it is now") });
      const after = await runCli(folder.path, ["--root", "data", "--catalog", "one.sqlite", "init"]);
      expect(after.stdout).not.toContain("older");
    });

    it("forgets a catalog that is gone for good, and no other", async () => {
      await run("--catalog", "two.sqlite", "add", "b.txt");
      const id = idOf(await run("--catalog", "two.sqlite", "init"));
      const forget = (which: string) => run("--catalog", "one.sqlite", "init", "--forget", which);
      expect(await forget(id)).toMatchObject({ exitCode: EXIT.refused });
      expect(await forget("0".repeat(32))).toMatchObject({ exitCode: EXIT.usage });
      await rm(join(folder.path, "two.sqlite"));
      expect((await forget(id)).lines.at(-1)).toMatchObject({ other_catalogs: [] });
      expect(await run("--catalog", "one.sqlite", "init", "--forget", id, "--adopt")).toMatchObject({
        exitCode: EXIT.usage,
      });
    });
  });
});

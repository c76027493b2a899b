import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFiles } from "../filled-catalog.ts";
import { makeFolder, type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
beforeEach(async () => {
  folder = await makeFolder();
  const line = (name: string): string =>
    JSON.stringify({ artifact_id: `doi:10.1/${name}`, source_url: `https://example.org/${name}`, path: `${name}.txt` });
  await writeFiles(folder.path, {
    "downloads/a.txt": "alpha",
    "downloads/b.txt": "beta",
    "downloads/list.jsonl": `${line("a")}\n${line("b")}\n`,
  });
});
afterEach(() => folder.remove());

function cli(...argv: string[]): Promise<RunResult> {
  return runCli(folder.path, argv);
}

const IMPORT = ["import-manifest", "downloads/list.jsonl"];

/** Imports both, and removes the first. Gives the operation. */
async function importAndRemove(): Promise<string> {
  await cli(...IMPORT);
  const { lines } = await cli("remove", "1", "--reason", "withdrawn", "--json");
  return String(lines.at(-1)?.["operation_id"]);
}

describe("what was removed on purpose", () => {
  it("is announced by a dry run, which leaves nothing behind", async () => {
    await cli(...IMPORT);
    const dry = await cli("remove", "1", "--dry-run");
    expect(dry.stdout).toContain("It would stay removed: imports and added folders pass over the same bytes");
    expect((await cli("stats", "--json")).lines.at(-1)).toMatchObject({ documents: 2, tombstones: 0 });
    expect((await cli("remove", "1")).stdout).toContain("It stays removed: imports and added folders pass over");
  });

  it("is passed over by an import and a folder, also by a dry run, and is counted", async () => {
    await importAndRemove();
    const again = await cli(...IMPORT, "--json");
    expect(again).toMatchObject({ exitCode: 0, errorLines: [{ type: "progress", removed_before: 1 }] });
    expect(again.lines.at(-1)).toMatchObject({ removed_before: 1, repeats: 1, documents: 0, findings: 0 });
    expect((await cli(...IMPORT)).stdout).toMatch(/^removed before, passed over\s+1$/m);
    const dry = await cli(...IMPORT, "--dry-run", "--json");
    expect(dry.lines[0]).toMatchObject({ type: "planned_line", outcome: "removed_before", placement: "none" });
    expect((await cli(...IMPORT, "--dry-run")).stdout).toMatch(/^removed\s+pass over\s+5 B\s+a\.txt$/m);
    const added = await cli("add", "-r", "downloads", "--json");
    expect(added.exitCode).toBe(0);
    expect(added.errorLines.at(-1)).toMatchObject({ type: "progress", removed_before: 1 });
    expect(added.lines.at(-1)).toMatchObject({ removed_before: 1, findings: 0 });
    expect((await cli("add", "-r", "downloads")).stdout).toMatch(/^removed before, passed over\s+1$/m);
    expect((await cli("add", "-r", "downloads", "--dry-run")).stdout).toMatch(/^removed\s+pass over\s+5 B/m);
    expect((await cli("stats")).stdout).toMatch(/^removed on purpose\s+1$/m);
  });

  it("comes back by --bring-back, and by its own name", async () => {
    const backWith = async (...argv: string[]): Promise<unknown> => {
      const { lines } = await cli(...argv, "--json");
      const { documents } = lines.at(-1) ?? {};
      return { documents, tombstones: (await cli("stats", "--json")).lines.at(-1)?.["tombstones"] };
    };
    await importAndRemove();
    expect(await backWith(...IMPORT, "--bring-back")).toEqual({ documents: 1, tombstones: 0 });
    await cli("remove", "2", "3");
    expect(await backWith("add", "downloads/a.txt")).toEqual({ documents: 1, tombstones: 1 });
    expect(await backWith("add", "-r", "downloads", "--bring-back")).toMatchObject({ tombstones: 0 });
  });

  it("comes back by restore, which says what it was", async () => {
    const operation = await importAndRemove();
    const { lines, stdout } = await cli("restore", "--plan", operation, "--apply", "--json");
    expect(stdout).not.toBe("");
    expect(lines[0]).toMatchObject({ removed_before: { verb: "remove", reason: "withdrawn" } });
    expect((await cli("stats", "--json")).lines.at(-1)).toMatchObject({ documents: 2, tombstones: 0 });
  });

  it.each(["1", "doi:10.1/a", "downloads/a.txt", "8ed3f6ad"])("is told by why %s", async (word) => {
    const operation = await importAndRemove();
    const { stdout } = await cli("why", word);
    expect(stdout).toContain("Removed on purpose, so imports and added folders pass over it:\n");
    const hash = "hash 8ed3f6ad: by remove, withdrawn;";
    expect(stdout).toContain(
      `doi:10.1/a, 5 B, ${hash} to bring it back: catalog restore --plan ${operation} --apply, or`,
    );
    const { lines } = await cli("why", word, "--json");
    expect(lines.filter(({ type }) => type === "tombstone")).toMatchObject([
      { artifact_id: "doi:10.1/a", bytes: 5, plan: operation, paths: [join(folder.path, "downloads/a.txt")] },
    ]);
    expect(lines.at(-1)).toMatchObject({ tombstones: 1 });
    expect((await cli("why", "2")).stdout).not.toContain("Removed on purpose");
  });
});

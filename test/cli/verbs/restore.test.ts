import { readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RestoredThing } from "../../../src/catalog/restore/restore-options.ts";
import { restoredPart } from "../../../src/cli/verbs/restore/view.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import { parseTimestamp } from "../../../src/core/timestamp.ts";
import { writeFiles } from "../filled-catalog.ts";
import { makeFolder, type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeEach(async () => {
  folder = await makeFolder();
  await writeFiles(folder.path, { "in/a.txt": "the bytes\n", "in/b.txt": "other bytes\n" });
  await cli("init");
  await cli("add", "in/a.txt", "--artifact-id", "doi:10.1/a");
  await cli("add", "in/b.txt", "--artifact-id", "doi:10.1/b");
});

afterEach(() => folder.remove());

function cli(...argv: string[]): Promise<RunResult> {
  return runCli(folder.path, argv);
}

async function remove(...ids: string[]): Promise<string> {
  const { lines } = await cli("remove", ...ids, "--json");
  return String(lines.at(-1)?.["operation_id"]);
}

describe("restore", () => {
  it("says what would come back, does it, and has nothing to do then", async () => {
    await remove("1");
    const said = await cli("restore", "doi:10.1/a");
    expect(said.exitCode).toBe(0);
    expect(said.stdout).toMatch(
      /^ID {2}WHAT {8}SIZE {2}BYTES FROM {3}STORED AT\n 1 {2}doi:10\.1\/a {2}10 B {2}their place {2}\/.*a\.txt\n/,
    );
    expect(said.stdout).toContain(
      "Would restore 1 document with 0 variants.\nNext: catalog restore doi:10.1/a --apply\n",
    );
    expect((await cli("show", "1")).exitCode).toBe(1);
    const done = await cli("restore", "doi:10.1/a", "--apply");
    expect(done.stdout).toContain("Restored 1 document with 0 variants.\nNext: catalog show 1\n");
    expect((await cli("show", "1")).exitCode).toBe(0);
    expect(await cli("restore", "1", "--apply")).toMatchObject({
      exitCode: 1,
      stdout: "Nothing to restore.\nNext: catalog why 1\n",
    });
  });

  it("undoes a whole operation", async () => {
    const operation = await remove("1", "2");
    const said = await cli("restore", "--plan", operation);
    expect(said.stdout).toContain(`Next: catalog restore --plan ${operation} --apply\n`);
    const { lines, exitCode } = await cli("restore", "--plan", operation.toUpperCase(), "--apply", "--json");
    expect(exitCode).toBe(0);
    expect(lines.map(({ type }) => type)).toEqual(["plan", "record", "plan", "record", "summary"]);
    expect(lines[0]).toMatchObject({ action: "restore", document_id: 1, from: "place", former_uri: null });
    expect(lines[1]).toMatchObject({ record: "document", id: 1, artifact_id: "doi:10.1/a" });
    expect(lines.at(-1)).toMatchObject({ applied: true, documents: 2, variants: 0, blobs: 0, bytes: 0, findings: 0 });
    expect(await cli("restore", "--plan", "0".repeat(32))).toMatchObject({
      exitCode: 1,
      stdout: "Nothing to restore.\nNext: catalog stats\n",
    });
  });

  it("takes bytes out of the trash, as rows, or alone", async () => {
    const { lines } = await cli("show", "1", "--json");
    const path = new URL(String(lines[0]?.["storage_uri"])).pathname;
    await remove("1");
    const root = join(folder.path, "data/docs");
    const run = `${root}/.trash/kept-0123456789abcdef0123456789abcdef.1.2.-.-`;
    const kept = run + path.slice(root.length);
    await writeFiles("/", { [kept]: "" });
    await rename(path, kept);
    const done = await cli("restore", `.${path.slice(folder.path.length)}`, "--apply");
    expect(done.stdout).toContain("  10 B  the trash   /");
    expect(done.stdout).toContain("Restored 1 document with 0 variants, 10 B out of the trash.\n");
    expect(await readFile(path, "utf8")).toBe("the bytes\n");
    await writeFiles(run, { "theirs.txt": "theirs" });
    const alone = await cli("restore", "data/docs/theirs.txt", "--apply");
    expect(alone.stdout).toContain(" -  bytes without a row   6 B  the trash   /");
    expect(alone.stdout).toContain(
      "Restored 1 file without a row, 6 B out of the trash.\nNext: catalog why data/docs/theirs.txt\n",
    );
    expect((await stat(join(root, "theirs.txt"))).size).toBe(6);
  });

  it("reports what does not come back, and exits with 3", async () => {
    const { lines } = await cli("show", "1", "--json");
    await remove("1", "2");
    await rm(new URL(String(lines[0]?.["storage_uri"])));
    await cli("add", "in/b.txt", "--artifact-id", "doi:10.1/b");
    const { exitCode, stdout, stderr } = await cli("restore", "1", "2", "--apply");
    expect(exitCode).toBe(3);
    expect(stdout).toBe("Nothing was restored.\n2 things did not come back.\nNext: catalog why 1\n");
    expect(stderr).toMatch(
      /^no bytes: Cannot restore document 1, "doi:10.1\/a": its bytes were at .*\nexists: Cannot restore/,
    );
    const json = await cli("restore", "1", "2", "--json");
    expect(json.lines.slice(0, 2)).toMatchObject([
      { type: "finding", kind: "no_bytes", document_id: 1, existing_id: null, hint: expect.any(String) },
      { type: "finding", kind: "exists", document_id: 2, existing_id: 3 },
    ]);
  });

  it.each([[[]], [["1", "--plan", "x"]], [["1", ""]]])("refuses %j", async (words) => {
    expect(await cli("restore", ...words)).toMatchObject({ exitCode: 2, stdout: "" });
  });

  it("shows in its help that the words may be left out", async () => {
    expect((await cli("help", "restore")).stdout).toContain("Usage: catalog restore [FLAGS] [TARGET...]\n");
  });
});

describe("a variant", () => {
  it("is a record for programs as soon as its id is known", () => {
    const createdAt = parseTimestamp("2026-01-02T03:04:05Z");
    const uri = "s3://bucket/key" as StorageUri;
    const variant = {
      id: 0,
      documentId: 7,
      variant: "html",
      storageUri: uri,
      bytes: 5,
      contentType: null,
      sha256: null,
      createdAt,
    };
    const thing: RestoredThing = {
      uri,
      bytes: 5,
      from: "place",
      formerUri: null,
      document: null,
      variant,
      removedBefore: null,
    };
    expect(restoredPart([thing], false).items()).toMatchObject([{ type: "plan", document_id: 7, variant: "html" }]);
    const known = restoredPart([{ ...thing, variant: { ...variant, id: 9 } }], false);
    expect(known.items()).toMatchObject([{ type: "plan" }, { type: "record", record: "variant", id: 9 }]);
    expect(known.blocks({ verbose: true })).toMatchObject([
      { block: "table", rows: [["7", "variant html", "5", "their place", uri]] },
    ]);
  });
});

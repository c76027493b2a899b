import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
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

  it("promises nothing for names of one file, and nothing certain for other files", async () => {
    const place = ["--catalog", "new.sqlite", "--root", "root"];
    await mkdir(join(folder.path, "downloads"));
    for (const name of ["a", "b", "c"]) await writeFile(join(folder.path, "downloads", name), "x".repeat(2000));
    const added = (await cli("add", "-r", "downloads", ...place)).stdout;
    expect(added).toMatch(/^(linked|cloned) +2$/m);
    expect(added).not.toMatch(/^deduplicated/m);
    const linked = added.includes("linked");
    const report = (await cli("dedup-report", ...place)).stdout;
    if (linked) expect(report).toContain("1 group with 3 documents; the bytes of each are stored once.\n");
    expect(report).toMatch(linked ? / 3 {6}1 {10}0 B / : / 3 {6}3 {4}3.9 KiB /);

    const [apart = ""] = (await readdir(join(folder.path, "root"), { recursive: true })).filter((name) =>
      /c$/.test(name),
    );
    const path = join(folder.path, "root", apart);
    await rm(path);
    await writeFile(path, "x".repeat(2000));
    const { stdout } = await cli("dedup-report", "--json", ...place);
    const [group, summary] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(group).toMatchObject({ documents: 3, blobs: 3, missing: 0, may_share_blocks: true });
    expect(group.reclaimable_bytes).toBe(2000 * (group.files - 1));
    expect(summary).toMatchObject({ reclaimable_bytes: group.reclaimable_bytes, may_share_blocks: true });
    const text = (await cli("dedup-report", ...place)).stdout;
    expect(text).toContain("storing each once would free at most ");
    expect(text).toContain("Files may share blocks of the disk already, which cannot be seen.\n");
  });

  it("says what dedup could free, and by resolver and type where there are several", async () => {
    const place = ["--catalog", "new.sqlite", "--root", "root", "--set", "storage.hardlink_dedup=false"];
    await mkdir(join(folder.path, "downloads"));
    for (const name of ["a.txt", "b.txt", "c.json"]) await writeFile(join(folder.path, "downloads", name), '{"a": 1}');
    await cli("add", "-r", "downloads", "--resolver", "mine", ...place);
    await writeFile(join(folder.path, "list.jsonl"), LINE);
    await cli("import-manifest", "list.jsonl", "--hash", "all", ...place);
    const { stdout } = await cli("dedup-report", ...place);
    expect(stdout).toMatch(/^RESOLVER +DOCUMENTS +RECLAIMABLE$/m);
    expect(stdout).toMatch(/^mine +3 +16 B$/m);
    expect(stdout).toMatch(/^TYPE +DOCUMENTS +RECLAIMABLE$/m);
    expect(stdout).toMatch(/^Of that catalog dedup could free (at most )?16 B: the rest is not under the root\.$/m);
    expect(stdout).toContain("Next: catalog dedup\n");
    const { lines } = await cli("dedup-report", "--json", "--limit", "1", ...place);
    expect(lines).toMatchObject([
      { type: "group", documents: 4, files: 4, files_in_root: 3, reclaimable_bytes: 24, dedup_bytes: 16 },
      { groups: 1, documents: 4, reclaimable_bytes: 24, dedup_bytes: 16, by_resolver: [{ name: "mine" }, {}] },
    ]);
  });
});

const LINE = `${JSON.stringify({ artifact_id: "x", source_url: "https://example.org/x", resolver: "other", content_type: "text/html", path: "downloads/a.txt" })}\n`;

import { chmod, lstat, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ApplySummary } from "../../../src/catalog/collect/collect-options.ts";
import type { DedupPlan, DedupPlanReport } from "../../../src/catalog/dedup/dedup-options.ts";
import {
  applyProgress,
  dedupFinding,
  doneBlocks,
  lookProgress,
  planBlocks,
  sharesPart,
} from "../../../src/cli/verbs/dedup/view.ts";
import type { PlanAction } from "../../../src/core/plan/plan-action.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import { writeFiles } from "../filled-catalog.ts";
import { makeFolder, type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeEach(async () => {
  folder = await makeFolder();
  await writeFiles(folder.path, { "in/a.txt": "aaaa", "in/b.txt": "aaaa", "in/c.txt": "aaaa", "in/d.txt": "dd" });
  await cli("add", "in", "--recursive", "--set", "storage.hardlink_dedup=false");
});

afterEach(() => folder.remove());

function cli(...words: readonly string[]): Promise<RunResult> {
  return runCli(folder.path, ["--catalog", "state/main.sqlite", "--root", "docs", ...words]);
}

/** The stored file of a name. */
async function stored(name: string): Promise<string> {
  const found = await readdir(join(folder.path, "docs"), { recursive: true });
  const [path = ""] = found.filter((each) => each.endsWith(`/${name}`) && !each.startsWith("."));
  return join(folder.path, "docs", path);
}

async function countFiles(): Promise<number> {
  const stats = await Promise.all(["a.txt", "b.txt", "c.txt"].map(async (name) => lstat(await stored(name))));
  return new Set(stats.map(({ ino }) => ino)).size;
}

describe("dedup", () => {
  it("says what would share its bytes, and with --apply lets it", async () => {
    const said = await cli("dedup");
    expect(said.exitCode).toBe(0);
    expect(said.stdout).toMatch(
      /^SIZE +FILE +GETS THE BYTES OF\n +4 B +\S+b\.txt +\S+a\.txt\n +4 B +\S+c\.txt +\S+a\.txt\n/,
    );
    expect(said.stdout).toMatch(/\nWould let 2 files share the bytes of others, which frees (at most )?8 B\.\n/);
    expect(said.stdout).toContain("\nNext: catalog dedup --apply\n");
    expect(await countFiles()).toBe(3);
    const done = await cli("dedup", "--apply");
    expect([done.exitCode, done.stderr]).toEqual([0, ""]);
    expect(done.stdout).toMatch(
      /\nLet 2 files share the bytes of others, which freed (at most )?8 B\.\nNext: catalog dedup-report\n$/,
    );
    for (const name of ["a.txt", "b.txt", "c.txt"]) expect(await readFile(await stored(name), "utf8")).toBe("aaaa");
  });

  it("leaves out what is smaller, and says what stays apart", async () => {
    const small = await cli("dedup", "--min-size", "5");
    expect(small.stdout).toBe("There is nothing to share.\nNext: catalog stats\n");
    await chmod(await stored("c.txt"), 0o666);
    expect((await cli("dedup")).stdout).toContain("1 file stays apart: others than the owner may write to it.\n");
    expect((await cli("dedup", "--min-size", "4")).stdout).toContain("Next: catalog dedup --apply --min-size 4\n");
  });

  it("writes a plan, and does what it says and no more", async () => {
    const written = await cli("dedup", "--plan", "it's");
    expect(written.stdout).toContain("The plan is in it's.\nNext: catalog dedup --apply --plan 'it'\\''s'\n");
    expect((await cli("dedup", "--plan", "it's")).exitCode).toBe(2);
    const refused = await cli("dedup", "--apply", "--plan", "it's", "--min-size", "1");
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("Cannot use --min-size with") });
    const wrong = await cli("gc", "--apply", "--plan", "it's");
    expect(wrong).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("it is one of dedup") });
    await writeFile(await stored("b.txt"), "bbbb");
    const done = await cli("dedup", "--apply", "--plan", "it's", "--json");
    expect(done.exitCode).toBe(3);
    expect(done.lines).toMatchObject([
      { type: "finding", kind: "changed", path: await stored("b.txt"), from_path: await stored("a.txt") },
      { type: "share", path: await stored("c.txt"), bytes: 4 },
      {
        type: "summary",
        groups: null,
        applied: true,
        actions: 1,
        shared: 1,
        shared_bytes: 4,
        findings: 1,
        plan: "it's",
      },
    ]);
    expect((await cli("dedup", "--apply", "--plan", "it's")).stdout).toBe(
      "Nothing was shared.\n2 lines of the plan did not hold any more: nothing was done.\nNext: catalog dedup-report\n",
    );
  });

  it("is refused with a plan that was edited", async () => {
    await cli("dedup", "--plan", "p");
    await writeFile(join(folder.path, "p"), (await readFile(join(folder.path, "p"), "utf8")).replace("b.txt", "d.txt"));
    expect(await cli("dedup", "--apply", "--plan", "p")).toMatchObject({ exitCode: 4 });
    expect(await countFiles()).toBe(3);
  });
});

describe("what dedup shows", () => {
  const ACTION: PlanAction = {
    ...{ action: "share", reason: "duplicate", bytes: 2048, since: null, ripeAt: null, modifiedMs: 1, identity: "1" },
    uri: "s3://bucket/a" as StorageUri,
    from: "s3://bucket/b" as StorageUri,
  };
  const REPORT: DedupPlanReport = {
    groups: 1,
    files: { files: 2, bytes: 4096 },
    apart: { writable: 0, owned: 2, missing: 1 },
    freedBytes: 2048,
    mayShareBlocks: true,
  };

  it("names what is no local file by its URI", () => {
    const style = { verbose: true, width: undefined, color: false } as never;
    const part = sharesPart([ACTION, { ...ACTION, from: undefined }], { continued: false });
    expect(part.items().map(({ from, from_path }) => [from, from_path])).toEqual([
      ["s3://bucket/b", null],
      ["s3://bucket/a", null],
    ]);
    expect(part.blocks(style)).toMatchObject([
      {
        rows: [
          ["2048", "s3://bucket/a", "s3://bucket/b"],
          ["2048", "s3://bucket/a", "s3://bucket/a"],
        ],
      },
    ]);
    const finding = dedupFinding({ kind: "gone", message: "m", action: ACTION });
    expect(finding.fields).toMatchObject({ kind: "gone", uri: "s3://bucket/a", path: null });
  });

  it("says at most where files may share blocks, and what stays apart", () => {
    const plan = { report: REPORT, size: 1 } as DedupPlan;
    expect(planBlocks(plan, undefined)).toEqual([
      { block: "gap" },
      { block: "line", text: "Would let 1 file share the bytes of others, which frees at most 2.0 KiB (2048 bytes)." },
      { block: "line", text: "2 files stay apart: they have another owner or mode, or are registered where they lie." },
      { block: "line", text: "1 file stays apart: no file of its size is there." },
    ]);
    const done = { shared: { files: 1, bytes: 1 }, findings: 0, freedBytes: 0, mayShareBlocks: false } as ApplySummary;
    expect(doneBlocks(done).at(-1)).toEqual({ block: "line", text: "Let 1 file share the bytes of others." });
  });

  it("tells how far it is", () => {
    expect(lookProgress({ groups: 2, actions: 1 })).toMatchObject({ done: 2, text: "2 groups, 1 to share" });
    expect(applyProgress({ phase: "collect", done: 1, total: 3 })).toMatchObject({ done: 1, total: 3, text: "1 file" });
    expect(applyProgress({ phase: "collect", done: 1, total: undefined }).fields).toMatchObject({ total: null });
  });
});

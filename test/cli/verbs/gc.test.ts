import { chmod, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CollectPlan, CollectReport } from "../../../src/catalog/collect/collect-options.ts";
import { ActionCounts } from "../../../src/cli/verbs/gc/_action-counts.ts";
import {
  appliedBlocks,
  collectProgress,
  nextOf,
  planBlocks,
  planFinding,
  planPart,
  unknownFinding,
} from "../../../src/cli/verbs/gc/view.ts";
import type { PlanAction } from "../../../src/core/plan/plan-action.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import { parseTimestamp } from "../../../src/core/timestamp.ts";
import { CatalogError } from "../../../src/errors.ts";
import { openNodeCatalog } from "../../../src/hosts/node.ts";
import { writeFiles } from "../filled-catalog.ts";
import { type HostParts, makeFolder, type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeEach(async () => {
  folder = await makeFolder();
  await writeFiles(folder.path, { "in/a.txt": "aaaa", "in/b.txt": "bb", "in/c.txt": "cccccccc" });
  await cli(["add", "in", "--recursive"]);
});

afterEach(() => folder.remove());

function cli(words: readonly string[], parts?: HostParts): Promise<RunResult> {
  return runCli(folder.path, ["--catalog", "state/main.sqlite", "--root", "docs", ...words], parts);
}

function gc(...words: readonly string[]): Promise<RunResult> {
  return cli(["gc", ...words]);
}

const at = (name: string): string => join(folder.path, name);

/** The files that are stored, without those of the catalogs. */
async function listStored(): Promise<readonly string[]> {
  const found = await readdir(at("docs"), { recursive: true });
  return found
    .filter((name) => /^(?!\.).*?\b\w+\.txt$/.test(name) && !name.includes("~", name.lastIndexOf("/")))
    .sort();
}

/** Opens catalogs that fail as they are opened to be written to. */
function failToWrite(error: Error): HostParts {
  return {
    openCatalog: async ({ settings, mode, logger, configPath }) => {
      if (mode === "write") throw error;
      return await openNodeCatalog(settings, mode, { logger, configPath });
    },
  };
}

describe("gc", () => {
  it("says that there is nothing to collect", async () => {
    expect(await gc()).toMatchObject({
      exitCode: 0,
      stderr: "",
      stdout: [
        "live          3 files, 14 B",
        "unreferenced  none",
        "may go now    none",
        "unknown       none",
        "",
        "There is nothing to collect now.",
        "Next: catalog stats",
        "",
      ].join("\n"),
    });
  });

  it("says from when on an orphan may go, and notes it", async () => {
    await cli(["remove", "1"]);
    const { stdout, lines } = { ...(await gc()), lines: (await gc("--json")).lines };
    expect(stdout).toContain("live          2 files, 10 B\nunreferenced  1 file, 4 B\nmay go now    none\n");
    expect(stdout).toMatch(/\nnext may go {3}[\d-]+ [\d:]+Z\n/);
    expect(stdout).toMatch(/\nNext: catalog gc --apply, from [\d-]+ [\d:]+Z on\n$/);
    expect(lines).toEqual([expect.objectContaining({ noted: true, applied: false, orphaned: 1, ripe: 0, actions: 0 })]);
  });

  it("says what it would do, does it, and has the same for programs", async () => {
    await cli(["remove", "1"]);
    const dry = await gc("--dry-run", "--orphans", "0");
    expect(dry.stdout).toMatch(/^ACTION {2}SIZE {2}SINCE {17}WHY {11}FILE\ndelete {3}4 B {2}/);
    expect(dry.stdout).toContain("Would delete 1 file, which frees 4 B.\nNext: catalog gc --apply --orphans 0\n");
    expect(await listStored()).toHaveLength(3);
    const { lines, exitCode } = await gc("--apply", "--orphans", "0", "--json");
    expect(exitCode).toBe(0);
    expect(lines).toEqual([
      expect.objectContaining({ type: "plan", action: "delete", bytes: 4, reason: "unreferenced" }),
      expect.objectContaining({
        applied: true,
        complete: true,
        removed: 1,
        removed_bytes: 4,
        freed_bytes: 4,
        findings: 0,
      }),
    ]);
    expect(lines.at(-1)?.["operation_id"]).toMatch(/^[0-9a-f]{32}$/);
    expect(await listStored()).toHaveLength(2);
  });

  it("says what it did, and when more may go", async () => {
    await cli(["remove", "1"]);
    const done = await gc("--apply", "--orphans", "0", "--trash");
    expect(done.stdout).toMatch(/\ntrash {4}4 B .*\n\nMoved 1 file to the trash\.\nThe operation is [0-9a-f]{32}\.\n/);
    await cli(["remove", "2"]);
    const none = await gc("--apply");
    expect(none.stdout).toMatch(/^Nothing was collected\.\nNext: catalog gc --apply, from .* on\n$/);
  });

  it("shows what nobody knows, and leaves it alone unless it is told to", async () => {
    await writeFiles(folder.path, { "docs/mine.txt": "mine" });
    const dry = await gc();
    expect(dry.stdout).toContain("unknown       1 file, 4 B, left alone\n");
    expect(dry.stderr).toBe('unknown: "mine.txt": nobody knows whose it is.\n');
    expect((await gc("--apply", "--orphans", "0")).exitCode).toBe(0);
    expect(await listStored()).toContain("mine.txt");
    const done = await gc("--apply", "--orphans", "0", "--unknown", "--force");
    expect(done.stdout).toContain("Moved 1 file to the trash");
    expect(await listStored()).not.toContain("mine.txt");
  });

  it("does no more than it may", async () => {
    await cli(["remove", "1", "2"]);
    expect((await gc("--orphans", "0", "--max-files", "1")).stdout).toContain("Would delete 1 file, which frees");
    expect((await gc("--orphans", "0", "--max-bytes", "3")).stdout).toContain("Would delete 1 file, which frees 2 B.");
    const { exitCode, stdout } = await gc("--apply", "--orphans", "0", "--max-time", "0s", "--force");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("The time was over before the end: the next run goes on.\nNext: catalog gc --apply\n");
    expect(await listStored()).toHaveLength(3);
  });
});

describe("gc refuses", () => {
  it.each([
    [["--apply", "--dry-run"], "Cannot use --apply and --dry-run at once: leave out one"],
    [["--apply", "--plan", "p", "--orphans", "0"], "Cannot use --orphans with --apply --plan"],
    [["--apply", "--plan", "p", "--quarantine", "0"], "Cannot use --quarantine with --apply --plan"],
    [["--apply", "--plan", "p", "--trash"], "Cannot use --trash with --apply --plan"],
    [["--apply", "--plan", "p", "--unknown"], "Cannot use --unknown with --apply --plan"],
    [["--apply", "--plan", "p", "--max-files", "1"], "Cannot use --max-files with --apply --plan"],
    [["--apply", "--plan", "p", "--max-bytes", "1"], "Cannot use --max-bytes with --apply --plan"],
    [["--orphans", "-1"], "--orphans"],
    [["--max-time", "soon"], "--max-time"],
    [["--catalog-at", "nonsense"], "--catalog-at"],
  ])("%j as usage", async (words, message) => {
    const { exitCode, stderr, stdout } = await gc(...words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("with exit code 4 and the way on, and deletes nothing", async () => {
    await cli(["remove", "1", "2"]);
    const { exitCode, stderr } = await gc("--apply", "--orphans", "0");
    expect(exitCode).toBe(4);
    expect(stderr).toBe(
      `error: Cannot collect "${at("docs")}": 2 of 3 files would go, 6 of 14 bytes: more than half\n` +
        "hint: If that is what you want, run it again with --force.\n",
    );
    expect(await listStored()).toHaveLength(3);
  });

  it("where another catalog cannot be read, until it is told where that is", async () => {
    const other = ["--catalog", "other.sqlite", "--root", "docs"];
    await runCli(folder.path, [...other, "add", "in/a.txt"]);
    const { lines } = await runCli(folder.path, [...other, "init", "--json"]);
    const id = String(lines.at(-1)?.["catalog_id"]);
    await cli(["remove", "1"]);
    await rename(at("other.sqlite"), at("moved.sqlite"));
    const refused = await gc("--apply", "--orphans", "0", "--json");
    expect(refused.exitCode).toBe(4);
    expect(refused.errorLines.at(-1)).toMatchObject({ code: "REFUSED", guard: "other catalog" });
    expect(refused.stderr).toContain("uses it too, and");
    expect(refused.stderr).toContain(`--catalog-at ${id}=PATH`);
    const told = await gc("--apply", "--orphans", "0", "--catalog-at", `${id}=moved.sqlite`);
    expect(told).toMatchObject({ exitCode: 0, stderr: "" });
  });
});

describe("gc --plan", () => {
  beforeEach(() => cli(["remove", "1"]));

  it("writes what would be done, and --apply does it", async () => {
    const { stdout } = await gc("--orphans", "0", "--plan", "gc plan.jsonl");
    expect(stdout).toContain("The plan is in gc plan.jsonl.\nNext: catalog gc --apply --plan 'gc plan.jsonl'\n");
    const text = await readFile(at("gc plan.jsonl"), "utf8");
    expect(text.split("\n")).toHaveLength(4);
    const { exitCode, lines } = await gc("--apply", "--plan", "gc plan.jsonl", "--json");
    expect(exitCode).toBe(0);
    expect(lines.at(-1)).toMatchObject({ plan: "gc plan.jsonl", removed: 1, live: null, noted: false });
    expect(await listStored()).toHaveLength(2);
  });

  it("is not written over what is there", async () => {
    await writeFile(at("plan"), "precious");
    const { exitCode, stderr } = await gc("--plan", "plan");
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`Cannot write the plan "${at("plan")}": it is there already`);
    expect(await readFile(at("plan"), "utf8")).toBe("precious");
  });

  it.each([0o600, 0o640, 0o644])("is no more readable than a catalog of mode %o", async (mode) => {
    await chmod(at("state/main.sqlite"), mode);
    await gc("--plan", "plan");
    expect((await stat(at("plan"))).mode & 0o777 & ~mode).toBe(0);
  });

  it("tells of each line that does not hold any more, with exit code 3", async () => {
    await gc("--orphans", "0", "--plan", "plan");
    const [line = ""] = (await readFile(at("plan"), "utf8")).split("\n").slice(1);
    const { uri } = JSON.parse(line);
    await writeFile(new URL(uri), "other bytes");
    const { exitCode, stdout, stderr } = await gc("--apply", "--plan", "plan");
    expect(exitCode).toBe(3);
    expect(stderr).toBe(`changed: "${uri}" is not what it was.\n`);
    expect(stdout).toBe(
      "Nothing was collected.\n1 line of the plan did not hold any more: nothing was done.\nNext: catalog stats\n",
    );
  });

  it("is refused whole when it was edited, or is not there", async () => {
    await gc("--orphans", "0", "--plan", "plan");
    const text = await readFile(at("plan"), "utf8");
    await writeFile(at("plan"), text.replace('"bytes":4', '"bytes":5'));
    expect(await gc("--apply", "--plan", "plan")).toMatchObject({ exitCode: 4, stdout: "" });
    expect(await gc("--apply", "--plan", "nowhere")).toMatchObject({ exitCode: 2, stdout: "" });
    expect(await listStored()).toHaveLength(3);
  });
});

describe("gc of a catalog that takes no writes", () => {
  beforeEach(() => cli(["remove", "1"]));

  it.each([
    ["READ_ONLY", new CatalogError("READ_ONLY", "Cannot write: it is read-only", { details: { path: "x" } })],
    [
      "BUSY",
      new CatalogError("BUSY", "Cannot write: process 7 does", { details: { path: "x", holder: "7", waitedMs: 5 } }),
    ],
  ])("says so when it is %s, notes nothing, and ends well", async (_, error) => {
    const { exitCode, stdout } = await cli(["gc"], failToWrite(error));
    expect(exitCode).toBe(0);
    expect(stdout).toContain("unreferenced  1 file, 4 B\n");
    expect(stdout).toContain(`It is not noted since when files are unreferenced: ${error.message}.\n`);
    const { lines } = await cli(["gc", "--json"], failToWrite(error));
    expect(lines.at(-1)).toMatchObject({ noted: false, orphaned: 1 });
  });

  it("ends as badly as it has to for anything else, and with --apply", async () => {
    const broken = new CatalogError("UNAVAILABLE", "Cannot reach it", { details: {} as never });
    expect((await cli(["gc"], failToWrite(broken))).exitCode).toBe(5);
    const busy = new CatalogError("BUSY", "Cannot write: process 7 does", {
      details: { path: "x", holder: "7", waitedMs: 5 },
    });
    expect((await cli(["gc", "--apply"], failToWrite(busy))).exitCode).toBe(11);
  });
});

describe("gc that is interrupted", () => {
  it("ends with exit code 130, and the next one goes on", async () => {
    await cli(["remove", "1"]);
    const parts: HostParts = { onInterrupt: (listener) => listener() };
    expect((await cli(["gc", "--apply", "--orphans", "0"], parts)).exitCode).toBe(130);
    expect(await listStored()).toHaveLength(3);
    expect((await gc("--apply", "--orphans", "0")).exitCode).toBe(0);
    expect(await listStored()).toHaveLength(2);
  });
});

const FAR = "s3://bucket/key" as StorageUri;
const ACTION: PlanAction = {
  ...{ action: "delete", uri: FAR, bytes: 2048, since: null, ripeAt: null, reason: "unreferenced" },
  ...{ modifiedMs: null, identity: null },
};
const NONE = { files: 0, bytes: 0 };
const REPORT: CollectReport = {
  ...{ live: NONE, orphaned: NONE, ripe: NONE, unknown: NONE, givenBack: { back: 0, displaced: 0 }, freedBytes: 2048 },
  ...{ mayShareBlocks: true, nextRipeAt: undefined, noted: true, notNotedBecause: undefined },
};

/** A plan with {@link REPORT}, of which only the size matters. */
function planOf(size: number): CollectPlan {
  const createdAt = parseTimestamp("2026-01-02T03:04:05Z");
  const head = { verb: "gc", catalogId: "c", root: "/docs", sequence: 1, createdAt } as const;
  return { head, size, bytes: 2048, report: REPORT, actions: async function* () {} };
}

describe("what gc shows", () => {
  it("has the URI of what is no file here, and a dash where no time matters", () => {
    const file = { ...ACTION, uri: "file:///docs/a%20b" as StorageUri, since: parseTimestamp("2026-01-02T03:04:05Z") };
    const part = planPart([ACTION, file]);
    const rows = (verbose: boolean) => part.blocks({ verbose }).map((block) => "rows" in block && block.rows);
    expect(rows(false)).toEqual([
      [
        ["delete", "2.0 KiB", "-", "unreferenced", "s3://bucket/key"],
        ["delete", "2.0 KiB", "2026-01-02 03:04:05Z", "unreferenced", "/docs/a b"],
      ],
    ]);
    expect(rows(true)).toEqual([
      [
        ["delete", "2048", "-", "unreferenced", "s3://bucket/key"],
        ["delete", "2048", "2026-01-02 03:04:05Z", "unreferenced", "/docs/a b"],
      ],
    ]);
    expect(part.items()).toMatchObject([
      { uri: FAR, path: null, since: null },
      { uri: file.uri, path: "/docs/a b", since: file.since },
    ]);
  });

  it("has a finding for a line that was not done, with or without a path", () => {
    const about = { kind: "gone", action: "delete", bytes: 2048, reason: "unreferenced" };
    expect(planFinding({ kind: "gone", message: "It is gone.", action: ACTION })).toEqual({
      kind: "gone",
      message: "It is gone.",
      fields: { ...about, uri: FAR, path: null },
    });
    const uri = "file:///docs/x" as StorageUri;
    expect(planFinding({ kind: "gone", message: "It is gone.", action: { ...ACTION, uri } }).fields).toEqual({
      ...about,
      uri,
      path: "/docs/x",
    });
  });

  it("says why an unknown file would stay in any case", () => {
    expect(unknownFinding({ name: "a\nb", uri: undefined, bytes: 0, objection: "is a symbolic link" })).toEqual({
      kind: "unknown",
      message: '"a\\nb": it is a symbolic link.',
      fields: { kind: "unknown", name: "a\nb", uri: null, bytes: 0, objection: "is a symbolic link" },
    });
  });

  it("counts names while it looks, and lines while it collects", () => {
    expect(collectProgress({ phase: "look", done: 2, total: undefined })).toEqual({
      ...{ done: 2, total: undefined, text: "2 names" },
      fields: { command: "gc", phase: "look", done: 2, total: null },
    });
    expect(collectProgress({ phase: "collect", done: 1, total: 3 })).toEqual({
      ...{ done: 1, total: 3, text: "1 line" },
      fields: { command: "gc", phase: "collect", done: 1, total: 3 },
    });
  });

  it("promises no more room than there can be where files may share blocks", () => {
    const counts = new ActionCounts();
    counts.add([ACTION]);
    expect(planBlocks(planOf(1), { file: undefined, refusal: undefined, counts }).at(-1)).toEqual({
      block: "line",
      text: "Would delete 1 file, which frees at most 2.0 KiB (2048 bytes).",
    });
    const removed = { files: 1, bytes: 2048 };
    const done = { removed, shared: { files: 0, bytes: 0 }, dropped: { rows: 0, bytes: 0 }, givenBack: 0, findings: 0 };
    const summary = { operationId: "op", complete: true, ...done, freedBytes: 2048 };
    expect(appliedBlocks({ ...summary, mayShareBlocks: true }, counts)).toEqual([
      { block: "gap" },
      { block: "line", text: "Deleted 1 file, which freed at most 2.0 KiB (2048 bytes)." },
      { block: "line", text: "The operation is op." },
    ]);
  });

  it("empties the quarantine where that is said, and only there", async () => {
    await writeFiles(folder.path, { "docs/.quarantine/0123/bad.txt": "bad!" });
    expect((await gc("--orphans", "0")).stdout).toContain("There is nothing to collect now.");
    const said = await gc("--quarantine", "0");
    expect(said.stdout).toMatch(/^delete +4 B +\S+ \S+ +was in quarantine for long enough +\S+0123\/bad.txt$/m);
    expect(said.stdout).toContain("Next: catalog gc --apply --quarantine 0");
    expect((await gc("--quarantine", "1")).stdout).toContain("There is nothing to collect now.");
    expect((await gc("--apply", "--quarantine", "0")).stdout).toContain("Deleted 1 file, which freed 4 B.");
    expect(await readdir(at("docs/.quarantine"))).toEqual([]);
  });

  it("repeats for --apply what was said, which a plan has in itself", () => {
    const flags = { plan: undefined, orphans: 3, quarantine: 30, trash: true, unknown: true };
    expect(nextOf(planOf(1), flags)).toBe("gc --apply --orphans 3 --quarantine 30 --trash --unknown");
    const few = { ...flags, orphans: undefined, quarantine: undefined, trash: false };
    expect(nextOf(planOf(1), few)).toBe("gc --apply --unknown");
    expect(nextOf(planOf(1), { ...flags, plan: "it's" })).toBe("gc --apply --plan 'it'\\''s'");
    expect(nextOf(planOf(0), flags)).toBe("stats");
  });
});

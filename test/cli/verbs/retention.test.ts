import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SHOWN_ROWS } from "../../../src/cli/verbs/retention/view.ts";
import type { Registration } from "../../../src/core/document.ts";
import { openCatalog } from "../../../src/hosts/node.ts";
import { writeFiles } from "../filled-catalog.ts";
import { makeFolder, type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeAll(async () => {
  folder = await makeFolder();
});

afterAll(() => folder.remove());

const at = (name: string): string => join(folder.path, name);

let catalogName = "";
let catalogs = 0;

beforeEach(() => {
  catalogs += 1;
  catalogName = `state/${catalogs}.sqlite`;
});

function cli(...words: readonly string[]): Promise<RunResult> {
  return runCli(folder.path, ["--catalog", catalogName, "--root", `docs-${catalogs}`, ...words]);
}

function retention(...words: readonly string[]): Promise<RunResult> {
  return cli("retention", ...words);
}

const row = (name: string, change: Partial<Registration> = {}): Registration => ({
  artifactId: `doi:${name.replace(/\d.*/, "")}`,
  sourceUrl: `https://example.org/${name}`,
  resolver: "unpaywall",
  contentType: "application/pdf",
  bytes: 4,
  sha256: null,
  storageUri: `file://${at("files")}/${name}.txt`,
  createdAt: "2020-01-01",
  ...change,
});

/** A catalog of files that lie beside it. */
async function make(rows: readonly Registration[]): Promise<void> {
  await writeFiles(
    folder.path,
    Object.fromEntries(
      rows.map(({ storageUri }) => [new URL(storageUri).pathname.slice(folder.path.length + 1), "text"]),
    ),
  );
  const catalog = await openCatalog({
    catalog: { path: at(catalogName) },
    storage: { rootDir: at(`docs-${catalogs}`) },
  });
  await catalog.registerMany(rows);
  await catalog.close();
}

async function pin(document: number): Promise<void> {
  const catalog = await openCatalog({ catalog: { path: at(catalogName) } });
  await catalog.pin({ document }, { reason: "cited" });
  await catalog.close();
}

const recent = { createdAt: new Date().toISOString() };

/** Two artifacts with an old and a new copy each, and one with a single old one. */
const five = (): readonly Registration[] => [
  row("a1"),
  row("a2", recent),
  row("b1", { resolver: "arxiv" }),
  row("b2", recent),
  row("c1"),
];

describe("retention", () => {
  it("says which rows would go, why, and what stays by itself", async () => {
    await make(five());
    const { exitCode, stdout, stderr } = await retention("--older-than", "90d");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toBe(
      [
        "ID  ARTIFACT  SIZE  CREATED               WHY           FILE",
        ` 1  doi:a      4 B  2020-01-01 00:00:00Z  --older-than  ${at("files/a1.txt")}`,
        ` 3  doi:b      4 B  2020-01-01 00:00:00Z  --older-than  ${at("files/b1.txt")}`,
        "",
        "kept 1 as last copies; --keep-copies 0 drops them",
        "ROWS  WHAT  WHY",
        "   2  go    --older-than",
        "   1  stay  last copy",
        "   2  stay  not older",
        "",
        "Would drop 2 of 5 rows; then no row names 2 files, 8 B.",
        "Next: catalog retention --older-than 90d --apply",
        "",
      ].join("\n"),
    );
  });

  it("tells programs of each row, and drops what it said", async () => {
    await make(five());
    const said = await retention("--older-than", "90d", "--keep-copies", "0", "--json");
    const lines = said.lines.slice(0, -1);
    expect(lines.map((line) => [line["type"], line["action"], line["id"], line["reason"]])).toEqual([
      ["plan", "drop_row", 1, "older_than"],
      ["plan", "keep_row", 2, "not_older"],
      ["plan", "drop_row", 3, "older_than"],
      ["plan", "keep_row", 4, "not_older"],
      ["plan", "drop_row", 5, "older_than"],
    ]);
    expect(lines[0]).toMatchObject({ artifact_id: "doi:a", resolver: "unpaywall", path: at("files/a1.txt"), bytes: 4 });
    expect(said.lines.at(-1)).toMatchObject({
      ...{ rows: 5, dropped: 3, kept_last_copies: 0, reasons: { older_than: 3, not_older: 2 }, unmet_caps: 0 },
      ...{ freed_files: 3, freed_bytes: 12, applied: false, complete: true, findings: 0, operation_id: null },
    });
    const done = await retention("--older-than", "90d", "--json", "--apply");
    expect(done.lines.map((line) => [line["action"], line["id"]])).toEqual([
      ["keep_row", 2],
      ["keep_row", 4],
      ["keep_row", 5],
      ["drop_row", 1],
      ["drop_row", 3],
      [undefined, undefined],
    ]);
    expect(done.lines.at(-1)).toMatchObject({ applied: true, dropped: 2, dropped_bytes: 8, kept_last_copies: 1 });
    expect(done.lines.at(-1)?.["operation_id"]).toMatch(/^[0-9a-f]{32}$/);
    expect((await cli("search", "--json")).lines.at(-1)).toMatchObject({ documents: 3 });
  });

  it("narrows what it is about, and leaves the newest", async () => {
    await make(five());
    const scoped = await retention("--older-than", "90d", "--resolver", "arxiv", "--content-type", "application/pdf");
    expect(scoped.stdout).toContain("   4  stay  the policy is not about it\n");
    expect(scoped.stdout).toContain("Would drop 1 of 5 rows");
    expect(scoped.stdout).toContain(
      "Next: catalog retention --older-than 90d --resolver arxiv --content-type application/pdf --apply\n",
    );
    const last = await retention("--keep-last", "1", "--run-id", "none", "--allow-all");
    expect(last.stdout).toContain("There is nothing to drop.\nNext: catalog stats\n");
  });

  it("drops, and says how to undo it and what comes next", async () => {
    await make(five());
    const { exitCode, stdout } = await retention("--keep-last", "1", "--apply");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /\n {3}2 {2}go {4}--keep-last\n {3}3 {2}stay {2}among the newest\n\nDropped 2 rows; the files stay/,
    );
    expect(stdout).toMatch(
      /\nThe operation is (\w{32}): catalog restore --plan \1 --apply undoes it\.\nNext: catalog gc\n$/,
    );
    const again = await retention("--keep-last", "1", "--apply");
    expect(again.stdout).toMatch(/\nNothing was dropped\.\nNext: catalog stats\n$/);
  });

  it("reports a cap that cannot be met, with exit code 3", async () => {
    await make(five());
    const { exitCode, stderr, stdout } = await retention("--max-total-size", "5", "--min-age", "1d");
    expect(exitCode).toBe(3);
    expect(stderr).toBe("unmet cap: --max-total-size asks for 5 B, and 12 B would remain: nothing else may go.\n");
    expect(stdout).toContain("Next: catalog retention --max-total-size 5 --min-age 1d --apply\n");
    const files = await retention("--max-files", "1", "--json");
    expect(files.lines.find(({ type }) => type === "finding")).toMatchObject({
      kind: "unmet_cap",
      cap: "max_files",
      limit: 1,
      remaining: 3,
    });
    const free = await retention("--min-free", "8000TiB");
    expect(free.stderr).toMatch(/^unmet cap: --min-free asks for .* would be free: nothing else may go\.\n$/);
    expect(free.stdout).toContain("   3  stay  a cap gains nothing by it\n   2  stay  younger than --min-age\n");
    expect((await retention("--max-files", "1", "--apply")).exitCode).toBe(3);
  });

  it("shows no more rows than people read, unless they want all", async () => {
    const copies = Array.from({ length: SHOWN_ROWS + 70 }, (_, n) =>
      row(`a${n}`, { storageUri: `file://${at("files")}/x.txt` }),
    );
    await make([...copies, row("z", recent)]);
    const few = await retention("--older-than", "90d");
    expect(few.stdout.match(/--older-than {2}\//g)).toHaveLength(SHOWN_ROWS);
    expect(few.stdout).toContain("\n... and 69 more: --verbose shows them.\n\nkept 1 as last copies;");
    expect((await retention("--older-than", "90d", "--verbose")).stdout.match(/--older-than {2}\//g)).toHaveLength(119);
    const done = await retention("--older-than", "90d", "--apply");
    expect(done.stdout.match(/--older-than {2}\//g)).toHaveLength(SHOWN_ROWS);
    expect(done.stdout).toContain("\n... and 69 more");
  });

  it("goes by the setting where no rule is given", async () => {
    await make(five());
    const { stdout } = await retention("--set", "catalog.retention_days=30");
    expect(stdout).toContain("Would drop 2 of 5 rows");
    const kept = await retention("--set", "catalog.retention_days=30", "--set", "catalog.keep_copies=2");
    expect(kept.stdout).toContain("kept 3 as last copies; --keep-copies 0 drops them\n");
  });
});

describe("retention refuses", () => {
  it.each<[readonly string[], string]>([
    [["--older-than", "90"], "--older-than"],
    [["--older-than=-1d"], "--older-than"],
    [["--keep-last", "0"], "--keep-last"],
    [["--max-total-size=-1"], "--max-total-size"],
    [["--max-files", "many"], "--max-files"],
    [["--keep-copies", "1001", "--keep-last", "1"], "expected a whole number from 0 to 1000"],
    [["--older-than", "9d", "--min-age", "1d"], "Cannot use --min-age: only caps go by it"],
    [["--older-than", "2d", "--max-files", "1"], "Cannot use --max-files with --older-than"],
    [["--apply", "--plan", "p", "--older-than", "2d"], "Cannot use --older-than with --apply --plan"],
    [["--apply", "--plan", "p", "--resolver", "x"], "Cannot use --resolver with --apply --plan"],
    [["--apply", "--plan", "p", "--allow-all"], "Cannot use --allow-all with --apply --plan"],
  ])("%j as usage", async (words, message) => {
    const { exitCode, stderr, stdout } = await retention(...words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr.split("\n").filter((line) => line.startsWith("error:"))).toHaveLength(1);
  });

  it("a policy that has nothing to go by, and one that drops every row, with the way on", async () => {
    await make([row("a1"), row("b1")]);
    const empty = await retention("--json");
    expect(empty).toMatchObject({ exitCode: 4, stdout: "" });
    expect(empty.errorLines.at(-1)).toMatchObject({ code: "REFUSED", guard: "empty policy" });
    expect((await retention()).stderr).toContain('hint: Say a rule, like "--older-than 90d"');
    const all = ["--older-than", "90d", "--keep-copies", "0"];
    const refused = await retention(...all, "--json");
    expect(refused.errorLines.at(-1)).toMatchObject({ code: "REFUSED", guard: "all rows" });
    expect((await retention(...all)).stderr).toBe(
      'error: Cannot drop all 2 rows of the catalog: nothing would stay of "--older-than 90d --keep-copies 0"\n' +
        "hint: If that is what you want, run it again with --allow-all.\n",
    );
    expect((await retention(...all, "--allow-all")).stdout).toContain(
      "Next: catalog retention --older-than 90d --keep-copies 0 --allow-all --apply\n",
    );
    expect((await retention(...all, "--allow-all", "--apply")).stdout).toContain("Dropped 2 rows;");
    expect((await retention(...all, "--apply")).stdout).toBe("Nothing was dropped.\nNext: catalog stats\n");
  });
});

describe("retention --plan", () => {
  it("writes what would be done, and --apply does that and no more", async () => {
    await make(five());
    const plan = `plan ${catalogs}.jsonl`;
    const { stdout } = await retention("--older-than", "90d", "--plan", plan);
    expect(stdout).toContain(`The plan is in ${plan}.\nNext: catalog retention --apply --plan '${plan}'\n`);
    expect((await readFile(at(plan), "utf8")).split("\n")).toHaveLength(8);
    await pin(3);
    const { exitCode, stderr, stdout: done } = await retention("--apply", "--plan", plan);
    expect(exitCode).toBe(3);
    expect(stderr).toBe(
      'pinned: Document 3 of "doi:b" is pinned by now: it is pinned, by the pin on document 3 ("cited").\n',
    );
    expect(done).toMatch(/^ID .*\n 1 .*\n\nDropped 1 row; .*\n1 row did not go, as the plan did not hold any more\.\n/);
    const { lines } = await retention("--apply", "--plan", plan, "--json");
    expect(lines.at(-1)).toMatchObject({ rows: null, reasons: null, dropped: 0, findings: 2, kept_last_copies: null });
    expect(lines.find(({ kind }) => kind === "gone")).toMatchObject({ id: 1, reason: "older_than" });
  });

  it("is not written over what is there, and is refused when another verb made it", async () => {
    await make(five());
    await writeFile(at("precious"), "precious");
    expect((await retention("--keep-last", "1", "--plan", "precious")).exitCode).toBe(2);
    await rm(at("dedup.jsonl"), { force: true });
    await cli("dedup", "--plan", "dedup.jsonl");
    const { exitCode, stderr } = await retention("--apply", "--plan", "dedup.jsonl");
    expect(exitCode).toBe(4);
    expect(stderr).toContain("it is one of dedup");
  });
});

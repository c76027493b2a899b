import { appendFile, chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { VerifiedBlob } from "../../../src/catalog/verify/verify-options.ts";
import type { CliHost } from "../../../src/cli/host.ts";
import { verifiedPart, verifyBlocks } from "../../../src/cli/verbs/verify/view.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import { parseTimestamp } from "../../../src/core/timestamp.ts";
import { CatalogError } from "../../../src/errors.ts";
import { openNodeCatalog } from "../../../src/hosts/node.ts";
import { hashOf, writeFiles } from "../filled-catalog.ts";
import { type HostParts, makeFolder, type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeEach(async () => {
  folder = await makeFolder();
  await writeFiles(folder.path, { "in/a.txt": "the bytes\n", "in/b.txt": "others\n", "in/c.txt": "more\n" });
  await cli(["init"]);
  for (const name of ["a", "b", "c"]) await cli(["add", `in/${name}.txt`, "--artifact-id", `doi:10.1/${name}`]);
});

afterEach(() => folder.remove());

function cli(argv: readonly string[], parts: HostParts = {}): Promise<RunResult> {
  return runCli(folder.path, argv, parts);
}

async function pathOf(id: number): Promise<string> {
  const { lines } = await cli(["show", String(id), "--json"]);
  return new URL(String(lines[0]?.["storage_uri"])).pathname;
}

async function damage(id: number): Promise<string> {
  const path = await pathOf(id);
  await chmod(path, 0o644);
  const bytes = await readFile(path);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  await writeFile(path, bytes);
  return path;
}

const ALL_OK = { ok: 3, mismatch: 0, missing: 0, unreadable: 0, unchecked: 0, complete: true, left: 0, known_bad: 0 };

describe("verify", () => {
  it("says that all is well, and how much it read", async () => {
    const { exitCode, stdout, stderr } = await cli(["verify", "--all"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toBe("3 ok.\nRead 22 B.\nNext: catalog stats\n");
    const { lines } = await cli(["verify", "--all", "--json"]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ ...ALL_OK, bytes: 22, quarantined: 0, hashes_recorded: 0, remembered: true });
    expect(lines[0]?.["oldest"]).toMatch(/^\d{4}-/);
  });

  it("shows what is not well in a table, and tells programs all about it", async () => {
    const damaged = await damage(1);
    const gone = await pathOf(2);
    await rm(gone);
    const { exitCode, stdout } = await cli(["verify", "--all"]);
    expect(exitCode).toBe(1);
    const [title, ...rows] = stdout.split("\n\n")[0]?.split("\n") ?? [];
    expect(title).toMatch(/^RESULT {4}WHY {15}ROWS {2}FILE$/);
    expect(rows.sort()).toEqual([
      `mismatch  other bytes       1     ${damaged}`,
      `missing   nothing is there  2     ${gone}`,
    ]);
    expect(stdout.split("\n\n")[1]).toBe(
      "1 ok, 1 mismatch, 1 missing.\nRead 15 B.\nNext: catalog verify --all --quarantine\n",
    );
    const { lines } = await cli(["verify", "--all", "--json"]);
    const finding = lines.find(({ kind }) => kind === "mismatch");
    expect(finding).toMatchObject({
      type: "finding",
      reason: "hash",
      strength: "full",
      uri: `file://${damaged}`,
      path: damaged,
      expected_sha256: hashOf("the bytes\n"),
      expected_bytes: 10,
      actual_sha256: hashOf("uhe bytes\n"),
      actual_bytes: 10,
      documents: [1],
      variants: [],
      quarantine: null,
    });
    expect(finding?.["message"]).toContain("its bytes hash to");
    expect(lines.find(({ kind }) => kind === "missing")).toMatchObject({ reason: "gone", actual_sha256: null });
    expect(lines.at(-1)).toMatchObject({ ok: 1, mismatch: 1, missing: 1 });
  });

  it("tells of each other blob with --verbose", async () => {
    const { lines } = await cli(["verify", "--all", "--json", "--verbose"]);
    expect(lines.filter(({ type }) => type === "verification")).toHaveLength(3);
    expect(lines[0]).toMatchObject({ result: "ok", reason: null, strength: "full" });
    await appendFile(await pathOf(3), "more");
    const { stdout } = await cli(["verify", "--all", "--verbose"]);
    expect(stdout).toContain("9 bytes there, 5 bytes on record");
  });

  it("moves damaged bytes aside, after which they are missing", async () => {
    const damaged = await damage(1);
    const { exitCode, stdout, lines } = await cli(["verify", "--all", "--quarantine", "--json"]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('"quarantined":1');
    const aside = new URL(String(lines[0]?.["quarantine"])).pathname;
    expect(await readFile(aside, "utf8")).toBe("uhe bytes\n");
    await expect(readFile(damaged)).rejects.toMatchObject({ code: "ENOENT" });
    const again = await cli(["verify", "1", "--quarantine"]);
    expect(again.exitCode).toBe(1);
    expect(again.stdout).toContain(`missing  was put aside  1     ${damaged}`);
    expect(again.stdout).toContain("Next: catalog repair --all");
  });

  it("shows in the table what was put aside", async () => {
    await damage(1);
    const { stdout } = await cli(["verify", "doi:10.1/a", "--quarantine"]);
    expect(stdout).toContain("other bytes, put aside");
    expect(stdout).toContain("Put 1 file aside.");
  });

  it("keeps at 1 as long as anything is known to be bad", async () => {
    await damage(1);
    expect((await cli(["verify", "--all"])).exitCode).toBe(1);
    const { exitCode, stdout } = await cli(["verify", "--max-age", "30d"]);
    expect(exitCode).toBe(1);
    expect(stdout).toBe(
      "Nothing was due.\n1 file known to be bad was not read this time.\nNext: catalog repair --all\n",
    );
    const rechecked = await cli(["verify", "--max-age", "30d", "--recheck", "--json"]);
    expect(rechecked.lines.at(-1)).toMatchObject({ mismatch: 1, known_bad: 0, ok: 0 });
    const all = await cli(["verify", "--budget", "1h", "--json"]);
    expect(all.lines.at(-1)).toMatchObject({ ok: 2, known_bad: 1 });
  });

  it("stops when the budget is over, says what is left, and goes on with the next run", async () => {
    const first = await cli(["verify", "--max-age", "1d", "--budget", "1B"]);
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toContain("1 ok.\n");
    expect(first.stdout).toContain("The budget ended it: 2 files are left.\n");
    expect(first.stdout).toContain("Next: catalog verify --max-age 1d --budget 1B\n");
    const second = await cli(["verify", "--max-age", "90m", "--budget", "0s"]);
    expect(second.stdout).toContain("The budget ended it: 1 file is left.\n");
    expect(second.stdout).toContain("Next: catalog verify --max-age 5400s --budget 0s\n");
    const third = await cli(["verify", "--max-age", "1d", "--budget", "50GiB", "--json"]);
    expect(third.lines.at(-1)).toMatchObject({ ok: 1, complete: true, left: 0 });
    const named = await cli(["verify", "1", "2", "3", "--budget", "1B"]);
    expect(named.stdout).toContain("Next: catalog verify 1 2 3 --budget 1B\n");
  });

  it("draws a sample", async () => {
    const { lines } = await cli(["verify", "--sample", "34%", "--json"]);
    expect(lines.at(-1)).toMatchObject({ ok: 1, complete: true, left: 0 });
  });

  it("gives rows the hash that they lack", async () => {
    await writeFiles(folder.path, { "elsewhere.txt": "here" });
    const line = { artifact_id: "x", source_url: "https://example.org/x", path: "elsewhere.txt", bytes: 4 };
    await writeFiles(folder.path, { "list.jsonl": `${JSON.stringify(line)}\n` });
    await cli(["import-manifest", "list.jsonl", "--hash", "none"]);
    const before = await cli(["verify", "x"]);
    expect(before).toMatchObject({ exitCode: 0 });
    expect(before.stdout).toContain("0 ok; 1 unchecked.");
    const recorded = await cli(["verify", "x", "--record"]);
    expect(recorded.stdout).toContain("Recorded 1 hash.");
    expect((await cli(["verify", "x", "--json"])).lines.at(-1)).toMatchObject({ ok: 1, unchecked: 0 });
  });

  it("compares sizes only, if it is to be quick", async () => {
    await damage(1);
    await appendFile(await pathOf(2), "more");
    const { lines, exitCode } = await cli(["verify", "--all", "--quick", "--json", "--verbose"]);
    expect(exitCode).toBe(1);
    expect(lines.at(-1)).toMatchObject({ ok: 2, mismatch: 1, bytes: 0 });
    expect(lines.find(({ kind }) => kind === "mismatch")).toMatchObject({ reason: "size", strength: "size" });
    expect(lines.find(({ result }) => result === "ok")).toMatchObject({ strength: "size" });
  });

  it.each([
    [["verify"], "nothing is named"],
    [["verify", "999"], "no row has that id"],
    [["verify", "--sample", "0%"], '--sample "0%": expected a share above 0% and up to 100%'],
    [["verify", "--sample", "101%"], '--sample "101%": expected'],
    [["verify", "--sample", "5"], '--sample "5": expected'],
    [["verify", "--budget", "10"], '--budget "10": expected a span of time or a size'],
    [["verify", "--budget", "10 parsecs"], '--budget "10 parsecs": expected'],
    [["verify", "--all", "--jobs", "0"], '--jobs "0": expected a whole number from 1'],
    [["verify", "--all", "--max-age", "30"], '--max-age "30": expected a span of time'],
    [["verify", "1", "--all"], "and --all in one run"],
    [["verify", "1", "--sample", "5%"], "and --sample in one run"],
  ] as const)("refuses %j", async (argv, message) => {
    const { exitCode, stderr, stdout } = await cli(argv);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
  });

  it("refuses the beginning of several hashes", async () => {
    const catalog = { artifactId: "", sourceUrl: "https://example.org/many", resolver: "test", bytes: 1 };
    const open: CliHost["openCatalog"] = async ({ settings, mode, logger }) => {
      const opened = await openNodeCatalog(settings, mode, { logger });
      await opened.registerMany(
        ["1", "2"].map((end) => ({
          ...catalog,
          artifactId: `many-${end}`,
          sha256: `abcd${end.repeat(60)}`,
          storageUri: `s3://papers/${end}`,
        })),
      );
      return opened;
    };
    const { exitCode, stderr } = await cli(["verify", "abcd"], { openCatalog: open });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Cannot verify "abcd": 2 hashes begin with it');
  });

  it("verifies a catalog that takes no writes, and warns that nothing is remembered", async () => {
    const open: CliHost["openCatalog"] = async ({ settings, mode, logger }) => {
      if (mode === "read") return openNodeCatalog(settings, mode, { logger });
      throw new CatalogError("BUSY", "Cannot open the catalog: another process holds it", {
        details: { path: "x", holder: "1", waitedMs: 1 },
      });
    };
    const { exitCode, stderr, lines } = await cli(["verify", "--all", "--json"], { openCatalog: open });
    expect(exitCode).toBe(0);
    expect(stderr).toContain("What is verified is not remembered");
    expect(lines.at(-1)).toMatchObject({ ...ALL_OK, remembered: false, oldest: null });
    for (const flag of ["--quarantine", "--record"]) {
      expect((await cli(["verify", "--all", flag], { openCatalog: open })).exitCode).toBe(11);
    }
  });

  it("passes on what else goes wrong while the catalog is opened", async () => {
    expect((await cli(["verify", "--all", "--catalog", "nowhere.sqlite"])).exitCode).toBe(2);
  });

  it("ends with 5 where the root is gone, and takes nothing for missing", async () => {
    await damage(1);
    await cli(["verify", "--all"]);
    const [first] = (await pathOf(1)).slice(folder.path.length + 1).split("/");
    await rm(join(folder.path, first ?? ""), { recursive: true });
    const { exitCode, stderr, stdout } = await cli(["verify", "--all"]);
    expect(exitCode).toBe(5);
    expect(stderr).toContain("Cannot verify what is stored in");
    expect(stdout).toBe("");
  });

  it("shows rows of long lists shortened, and more than one page of them", async () => {
    await mkdir(join(folder.path, "many"));
    const path = await pathOf(1);
    const open: CliHost["openCatalog"] = async ({ settings, mode, logger }) => {
      const catalog = await openNodeCatalog(settings, mode, { logger });
      const row = { resolver: "test", bytes: 10, sha256: hashOf("other") };
      const rows = Array.from({ length: 1100 }, (_, n) => ({
        ...row,
        artifactId: `gone-${n}`,
        sourceUrl: `https://example.org/${n}`,
        storageUri: `file://${folder.path}/many/${n}`,
      }));
      const same = Array.from({ length: 4 }, (_, n) => ({
        ...row,
        artifactId: `same-${n}`,
        sourceUrl: "https://example.org/same",
        storageUri: `file://${path}`,
      }));
      await catalog.registerMany([...rows, ...same]);
      return catalog;
    };
    const { stdout } = await cli(["verify", "--all"], { openCatalog: open });
    expect(stdout).toContain("2 ok, 1 mismatch, 1,100 missing.");
    expect(stdout).toContain("rows disagree");
    expect(stdout).toMatch(/1, \d+, \d+, …/);
    expect(stdout.match(/RESULT/g)).toHaveLength(1);
  });

  it("shows what was found before an error ended it", async () => {
    const gone = await pathOf(2);
    await rm(gone);
    const open: CliHost["openCatalog"] = async ({ settings, mode, logger }) => {
      const catalog = await openNodeCatalog(settings, mode, { logger });
      return {
        ...catalog,
        verify: async function* verify(options) {
          yield* catalog.verify({ ...options, onSummary: undefined });
          throw new CatalogError("BACKEND", "Cannot verify: the device is gone", { details: { what: "store" } });
        },
      };
    };
    const { exitCode, stdout, stderr } = await cli(["verify", "--all"], { openCatalog: open });
    expect([exitCode, stdout.includes(gone)]).toEqual([5, true]);
    expect(stderr).toContain("the device is gone");
  });

  it("says each thing as people do", () => {
    const blob: VerifiedBlob = {
      uri: "s3://papers/a" as StorageUri,
      result: "mismatch",
      reason: "size",
      strength: "size",
      expected: { sha256: null, bytes: null },
      actual: { sha256: null, bytes: 1 },
      checkedAt: parseTimestamp("2025-01-01"),
      documents: [],
      variants: [7],
      quarantine: "s3://papers/.quarantine/a" as StorageUri,
    };
    const rows = verifiedPart([blob, { ...blob, reason: null }]).blocks({ verbose: true });
    expect(rows).toMatchObject([
      {
        rows: [
          [
            "mismatch",
            "1 byte there, unknown on record; its bytes are in s3://papers/.quarantine/a",
            "variant 7",
            blob.uri,
          ],
          ["mismatch", "-; its bytes are in s3://papers/.quarantine/a", "variant 7", blob.uri],
        ],
      },
    ]);
    expect(verifiedPart([{ ...blob, result: "ok" }]).items()).toEqual([]);
    expect(verifiedPart([{ ...blob, result: "ok" }]).blocks({ verbose: false })).toEqual([]);
    const summary = { ok: 0, mismatch: 0, missing: 0, unreadable: 1, unchecked: 0, bytes: 0, complete: false, left: 1 };
    const more = { oldest: null, knownBad: 2, quarantined: 2, hashesRecorded: 1234, notRememberedBecause: undefined };
    expect(verifyBlocks({ ...summary, ...more }, { hasTable: false })).toEqual(
      [
        "0 ok, 1 unreadable.",
        "Put 2 files aside.",
        "Recorded 1,234 hashes.",
        "2 files known to be bad were not read this time.",
        "The budget ended it: 1 file is left.",
      ].map((text) => ({ block: "line", text })),
    );
  });

  it("shows how far it is, with the rate", async () => {
    const { errorLines } = await cli(["verify", "--all", "--json"]);
    expect(errorLines[0]).toMatchObject({ type: "progress", command: "verify", done: 3, total: 3, bytes: 22 });
  });
});

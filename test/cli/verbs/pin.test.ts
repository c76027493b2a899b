import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { openEngine } from "../../catalog/ingest/_ingest-world.ts";
import { hashOf, writeFiles } from "../filled-catalog.ts";
import { type HostParts, makeFolder, type RunResult, runCli } from "../test-host.ts";

const NOW = Date.parse("2040-03-01T12:00:00Z");
const AT = { clock: { ...systemClock, now: () => NOW } };

let folder: Awaited<ReturnType<typeof makeFolder>>;
beforeEach(async () => {
  folder = await makeFolder();
  await writeFiles(folder.path, { "in/a.txt": "the bytes\n", "in/b.txt": "other bytes\n" });
  await cli(["init"]);
  await cli(["add", "in/a.txt", "--artifact-id", "doi:10.1/a"]);
  await cli(["add", "in/b.txt", "--artifact-id", "doi:10.1/b"]);
});
afterEach(() => folder.remove());

function cli(argv: readonly string[], parts: HostParts = {}): Promise<RunResult> {
  return runCli(folder.path, argv, parts);
}

/** What is pinned, as `pin --list --json` says it. */
async function pinned(): Promise<readonly string[]> {
  const { lines } = await cli(["pin", "--list", "--json"]);
  return lines.flatMap(({ type, kind, target }) => (type === "pin" ? [`${kind} ${target}`] : []));
}

describe("pin", () => {
  it("pins a row, an artifact, bytes and a place by any word for them", async () => {
    const { lines } = await cli(["show", "2", "--json"]);
    const uri = String(lines[0]?.["storage_uri"]);
    const stored = `.${new URL(uri).pathname.slice(folder.path.length)}`;
    for (const word of ["1", "doi:10.1/a", hashOf("the bytes\n"), stored, "in/b.txt"]) {
      expect(await cli(["pin", word, "--reason", "x"]), word).toMatchObject({ exitCode: 0 });
    }
    expect(await pinned()).toEqual([
      "document 1",
      "artifact doi:10.1/a",
      `sha256 ${hashOf("the bytes\n")}`,
      `uri ${uri}`,
      "document 2",
    ]);
    expect((await cli(["pin", hashOf("other bytes\n").slice(0, 8), "--reason", "x"])).exitCode).toBe(0);
    expect((await pinned()).at(-1)).toBe(`sha256 ${hashOf("other bytes\n")}`);
  });

  it("says what it did, and what comes next", async () => {
    const first = await cli(["pin", "doi:10.1/a", "--reason", "under review", "--until", "30d"], AT);
    expect(first).toMatchObject({
      exitCode: 0,
      stdout:
        'Pinned artifact "doi:10.1/a" ("under review", until 2040-03-31 12:00:00Z).\nNext: catalog why doi:10.1/a\n',
    });
    const again = await cli(["pin", "doi:10.1/a", "--reason", "cited"], AT);
    expect(again.stdout).toContain(
      'Pinned artifact "doi:10.1/a" ("cited"); before, it was "under review", until 2040-03-31 12:00:00Z.\n',
    );
    const json = await cli(["pin", "doi:10.1/a", "--reason", "again", "--until", "2047-01-31", "--json"], AT);
    expect(json.lines).toMatchObject([
      {
        ...{ type: "pin", catalog_id: null, kind: "artifact", target: "doi:10.1/a", reason: "again" },
        ...{ pinned_at: expect.any(String), expires_at: "2047-01-31T00:00:00.000Z" },
        former: { reason: "cited", pinned_at: expect.any(String), expires_at: null },
      },
      { type: "summary", command: "pin", target: "doi:10.1/a", pins: 1 },
    ]);
    const last = await cli(["pin", "doi:10.1/a", "--reason", "again"], AT);
    expect(last.stdout).toContain('before, it was "again", until 2047-01-31 00:00:00Z.\n');
    expect((await cli(["pin", "doi:10.1/a", "--reason", "other"], AT)).stdout).toContain(
      'before, it was "again", for good.\n',
    );
  });

  it("lists pins as a table, in the order in which they were set", async () => {
    expect(await cli(["pin", "--list"])).toMatchObject({
      exitCode: 0,
      stdout: "Nothing is pinned.\nNext: catalog pin TARGET --reason TEXT\n",
    });
    await cli(["pin", "1", "--reason", "cited", "--until", "2041-01-31"], AT);
    await cli(["pin", "doi:10.1/b", "--reason", "x"], AT);
    const { stdout, exitCode } = await cli(["pin", "--list"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^PINNED +REASON +SINCE +UNTIL\n/);
    expect(stdout).toMatch(/\ndocument 1 +cited {2,}[0-9-]+ [0-9:]+Z +2041-01-31 00:00:00Z\n/);
    expect(stdout).toMatch(
      /\nartifact "doi:10\.1\/b" +x {2,}[0-9-]+ [0-9:]+Z +-\n2 pins\.\nNext: catalog unpin TARGET\n$/,
    );
  });

  it("lists any number of pins in one table", async () => {
    const engine = await openEngine(createNodeFileSystem(), join(folder.path, "state/catalog.sqlite"));
    const pins = Array.from({ length: 501 }, (_, n) => ({
      sql: "INSERT INTO pins (kind, target, reason, pinned_at) VALUES ('artifact', ?, 'x', '2026-01-01T00:00:00.000Z')",
      parameters: [`doi:10.1/${n}`],
    }));
    await engine.batch(pins);
    await engine.close();
    const { stdout } = await cli(["pin", "--list"]);
    expect(stdout.match(/artifact "doi/g)).toHaveLength(501);
    expect(stdout.match(/PINNED/g)).toHaveLength(1);
    expect(stdout).toContain("\n501 pins.\n");
    expect((await cli(["pin", "--list", "--json"])).lines).toHaveLength(502);
  });

  it("says that nothing is known by a word", async () => {
    for (const word of ["99", "doi:10.1/nothing", "0123456789abcdef", "in/nowhere.txt"]) {
      expect(await cli(["pin", word, "--reason", "x"])).toMatchObject({
        exitCode: 1,
        stdout: `The catalog knows nothing by "${word}": nothing was pinned.\nNext: catalog search --text TEXT\n`,
      });
    }
    expect(await pinned()).toEqual([]);
  });

  it.each([
    [["pin"], "Cannot pin: nothing is named"],
    [["pin", "1"], 'Cannot pin "1": no reason is given'],
    [["pin", "1", "--reason", ""], "Cannot use --reason"],
    [["pin", "1", "--reason", "x".repeat(4097)], "the reason has 4097 characters"],
    [
      ["pin", "1", "--reason", "x", "--until", "2020-01-01"],
      'Cannot use --until "2020-01-01": that is over, it is 2040-03-01T12:00:00.000Z',
    ],
    [["pin", "1", "--reason", "x", "--until", "0d"], 'Cannot use --until "0d": that is over'],
    [["pin", "1", "--reason", "x", "--until", "soon"], 'Cannot use --until "soon": expected a date like "2031-01-31"'],
    [["pin", "1", "--reason", "x", "--until", "99999y"], 'Cannot use --until "99999y": expected a date'],
    [["pin", "--list", "1"], "Cannot list pins and set one in one run"],
    [["pin", "--list", "--reason", "x"], "Cannot list pins and set one in one run"],
    [["pin", "--list", "--until", "1d"], "Cannot list pins and set one in one run"],
    [["unpin"], "TARGET"],
  ])("refuses %j", async (argv, message) => {
    const { exitCode, stderr } = await cli(argv, AT);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(await pinned()).toEqual([]);
  });

  it("refuses an end that was over when the catalog looked", async () => {
    const early = { clock: { ...systemClock, now: () => 0 } };
    const { exitCode, stderr } = await cli(["pin", "1", "--reason", "x", "--until", "1d"], early);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Cannot pin until 1970-01-02T00:00:00.000Z: that is over");
  });

  it("does not guess which of several hashes is meant", async () => {
    const [one, other] = findTwins();
    await writeFiles(folder.path, { "in/one": one, "in/other": other });
    await cli(["add", "in/one", "in/other"]);
    const start = hashOf(one).slice(0, 4);
    const { exitCode, stderr } = await cli(["pin", start, "--reason", "x"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`Cannot tell what "${start}" is: 2 hashes begin so`);
  });

  it("holds rows with exit code 4, and what is added or imported with a finding", async () => {
    await cli(["pin", "1", "--reason", "cited"]);
    for (const argv of [
      ["remove", "1", "2"],
      ["remove", "1", "--dry-run"],
    ]) {
      const removed = await cli(argv);
      expect(removed.exitCode).toBe(4);
      expect(removed.stderr).toContain('Cannot remove document 1: it is pinned, by the pin on document 1 ("cited")');
    }
    const { errorLines } = await cli(["remove", "1", "--json"]);
    expect(errorLines).toMatchObject([{ type: "error", code: "REFUSED", guard: "pinned" }]);
    await writeFiles(folder.path, { "in/a.txt": "newer bytes\n", "in/c.txt": "more\n" });
    const added = await cli(["add", "-r", "in", "--on-change", "replace", "--json"]);
    expect(added.exitCode).toBe(3);
    const findings = added.lines.filter(({ type }) => type === "finding");
    expect(findings).toMatchObject([{ kind: "refused", message: expect.stringContaining("it is pinned") }]);
    expect((await cli(["search", "--json"])).lines.filter(({ type }) => type === "record")).toHaveLength(3);
    expect((await cli(["show", "1", "--json"])).lines[0]).toMatchObject({ sha256: hashOf("the bytes\n") });
  });
});

/** Two texts whose hashes begin with the same four characters. */
function findTwins(): readonly [string, string] {
  const seen = new Map<string, string>();
  for (let n = 0; ; n++) {
    const text = `twin ${n}`;
    const start = hashOf(text).slice(0, 4);
    const twin = seen.get(start);
    if (twin !== undefined && /[a-f]/.test(start)) return [twin, text];
    seen.set(start, text);
  }
}

import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createNodeProcessTable } from "../../../src/adapters/process/node.ts";
import { AUDIT_KINDS } from "../../../src/catalog/audit/audit-finding.ts";
import { nextCommand } from "../../../src/cli/verbs/audit/view.ts";
import { CatalogError } from "../../../src/errors.ts";
import { openNodeCatalog } from "../../../src/hosts/node.ts";
import { writeFiles } from "../filled-catalog.ts";
import { type HostParts, makeFolder, type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
let catalog: string;

beforeEach(async () => {
  folder = await makeFolder();
  await writeFiles(folder.path, { "in/a.txt": "the bytes\n", "in/b.txt": "other bytes\n" });
  await cli("init");
  await cli("add", "in/a.txt", "in/b.txt");
  catalog = join(folder.path, "state/catalog.sqlite");
});

afterEach(() => folder.remove());

function cli(...argv: string[]): Promise<RunResult> {
  return runCli(folder.path, argv);
}

async function pathOf(id: string): Promise<string> {
  const { lines } = await cli("show", id, "--json");
  return new URL(String(lines[0]?.["storage_uri"])).pathname;
}

describe("audit", () => {
  it("says in one line that nothing is wrong", async () => {
    const { stdout, exitCode } = await cli("audit");
    expect(stdout).toBe(
      "Nothing is wrong: 2 documents and 0 variants against 2 files, 22 B.\nNext: catalog verify --all\n",
    );
    expect(exitCode).toBe(0);
    expect((await cli("audit", "--verbose")).stdout).toMatch(/^The rows hash to [0-9a-f]{64}\.$/m);
  });

  it("shows a table of each kind, and exits with 1", async () => {
    const path = await pathOf("1");
    await rm(path);
    await writeFile(await pathOf("2"), "longer than before\n", { flag: "r+" });
    await writeFiles(folder.path, { "data/docs/mine.txt": "mine" });
    const { stdout, exitCode } = await cli("audit");
    expect(exitCode).toBe(1);
    expect(stdout.replaceAll(folder.path, "")).toBe(
      [
        "3 findings (1 missing, 1 size mismatch, 1 unknown): 2 documents and 0 variants against 2 files, 23 B.",
        "",
        "Files that are missing: 1, 10 B",
        "WHY   ROW         SIZE  FILE",
        `gone  document 1  10 B  ${path.slice(folder.path.length)}`,
        "",
        "Files of another size: 1, 19 B",
        "WHY   ROW         SIZE  FILE",
        `size  document 2  19 B  ${(await pathOf("2")).slice(folder.path.length)}`,
        "",
        "Files that nobody knows: 1, 4 B",
        "WHY        ROW  SIZE  FILE",
        "unclaimed  -     4 B  /data/docs/mine.txt",
        "Next: catalog verify --all --quick",
        "",
      ].join("\n"),
    );
  });

  it("shows so many of a kind, and gives programs all of them", async () => {
    const files = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`data/docs/mine-${at}.txt`, ""]));
    await writeFiles(folder.path, files);
    expect((await cli("audit")).stdout).toMatch(/^and 100 more; --limit and --json have them$/m);
    expect((await cli("audit", "--limit", "119")).stdout).toMatch(/^and 1 more; /m);
    expect((await cli("audit", "--limit", "120")).stdout).not.toContain("more");
    const { lines, exitCode } = await cli("audit", "--json");
    expect([exitCode, lines.length]).toEqual([1, 121]);
    expect(lines[0]).toEqual({
      type: "finding",
      kind: "unknown",
      reason: "unclaimed",
      message: expect.stringMatching(/^nothing refers to "mine-\d+\.txt", and nobody .*\.$/),
      uri: expect.stringMatching(/^file:/),
      path: null,
      table: null,
      id: null,
      bytes: 0,
      expected_bytes: null,
    });
    expect(lines.at(-1)).toMatchObject({
      type: "summary",
      command: "audit",
      findings: 120,
      files: 122,
      files_bytes: 22,
      elsewhere: 0,
      given_back: 0,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      steady: true,
      untold: [],
    });
    expect(Object.keys((lines.at(-1)?.["by_kind"] as object | undefined) ?? {})).toEqual([...AUDIT_KINDS]);
    const { exitCode: usage } = await cli("audit", "--limit", "0");
    expect(usage).toBe(2);
  });

  it("gives back what a collector took that is gone, and writes nothing else", async () => {
    const path = await pathOf("1");
    const root = join(folder.path, "data/docs");
    const before = await readFile(catalog);
    const self = createNodeProcessTable().self();
    const owner = { ...self, pid: 4_194_304 * 2, startedAt: "1" };
    const fs = createNodeFileSystem();
    const store = await openFileBlobStore({ fs, entropy: webCryptoEntropy, rootDir: root, owner });
    const key = store.findKey(`file://${path}`);
    const found = key && (await store.stat(key));
    if (key === undefined || found === undefined) throw new TypeError("expected a blob");
    expect((await cli("audit")).exitCode).toBe(0);
    expect((await readFile(catalog)).equals(before)).toBe(true);
    await store.take(key, { found, run: store.newRun(), keepName: false });
    const busy: HostParts = {
      openCatalog: async ({ settings, mode, logger }) => {
        if (mode !== "write") return openNodeCatalog(settings, mode, { logger });
        throw new CatalogError("BUSY", "Cannot write", { details: { path: "x", holder: "somebody", waitedMs: 1 } });
      },
    };
    const reader = await runCli(folder.path, ["audit"], busy);
    expect([reader.exitCode, reader.stdout]).toEqual([1, expect.stringContaining("dead run")]);
    const { stdout, exitCode } = await cli("audit");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Nothing is wrong: .*\n1 file got its name back that a collector had taken\.$/m);
    expect(await readFile(path, "utf8")).toBe("the bytes\n");
  });

  it("tells of a catalog that cannot be opened what is wrong, and that nothing else can be told", async () => {
    await cli("checkpoint");
    const bytes = await readFile(catalog);
    await writeFile(catalog, bytes.fill(0, 0, 50));
    const { lines, exitCode } = await cli("audit", "--json");
    expect(exitCode).toBe(1);
    expect(lines[0]).toMatchObject({ type: "finding", kind: "database", reason: "unreadable", path: catalog });
    expect(lines[1]).toMatchObject({ findings: 1, files: null, sha256: null, by_kind: { database: { count: 1 } } });
    expect(lines[1]?.["untold"]).toEqual(AUDIT_KINDS.filter((kind) => kind !== "database"));
    const { stdout } = await cli("audit");
    expect(stdout).toMatch(/^The catalog cannot be opened, so that nothing else can be told\.\nCannot open /);
    await writeFile(`${catalog}.oplog`, new Uint8Array(1000));
    expect((await cli("audit", "--json")).lines[0]).toMatchObject({ kind: "log", reason: "damaged" });
  });

  it("ends with 5 where the root is gone, with one finding", async () => {
    await rename(join(folder.path, "data/docs"), join(folder.path, "data/moved"));
    const { lines, stderr, exitCode } = await cli("audit", "--json");
    expect(exitCode).toBe(5);
    expect(lines.filter(({ type }) => type === "finding")).toMatchObject([{ kind: "marker", reason: "none" }]);
    expect(stderr).toContain("Cannot audit what is stored in");
    expect((await cli("audit")).stderr).toContain("Mount its device, or name another root with --root");
  });

  it("fails where there is no catalog, as every command does", async () => {
    expect((await cli("audit", "--catalog", "none.sqlite")).exitCode).toBe(2);
  });
});

describe("the next command", () => {
  const nothing = Object.fromEntries(AUDIT_KINDS.map((kind) => [kind, { files: 0, bytes: 0 }]));
  const next = (kind: string): string => {
    const byKind = { ...nothing, [kind]: { files: 1, bytes: 0 } } as Parameters<typeof nextCommand>[0]["byKind"];
    return nextCommand({ byKind, findings: 1 } as Parameters<typeof nextCommand>[0]);
  };

  it("is one that helps", () => {
    expect(["marker", "missing", "orphan", "leftover", "bad_row"].map(next)).toEqual([
      "init",
      "verify --all --quick",
      "gc",
      "gc",
      "stats",
    ]);
  });
});

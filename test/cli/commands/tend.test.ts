import { readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatBashCompletions } from "../../../src/cli/completions/bash.ts";
import { DEFINITIONS } from "../../../src/cli/definitions/all.ts";
import { openCatalog } from "../../../src/hosts/node.ts";
import { type makeFolder, type RunResult, runCli } from "../test-host.ts";
import { hashOf, makeFilledCatalog } from "./filled-catalog.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeEach(async () => {
  folder = await makeFilledCatalog();
});

afterEach(() => folder.remove());

function cli(...argv: string[]): Promise<RunResult> {
  return runCli(folder.path, argv);
}

async function countDocuments(): Promise<number> {
  const catalog = await openCatalog({ catalog: { path: join(folder.path, "state/catalog.sqlite") }, mode: "read" });
  const { documents } = await catalog.stats();
  await catalog.close();
  return documents;
}

describe("remove", () => {
  it("says what it would remove, and removes it", async () => {
    const dry = await cli("remove", "--dry-run", "1", "3", "1");
    expect(dry.exitCode).toBe(0);
    expect(dry.stdout).toContain("Would remove 2 documents with 1 variant from the catalog; the files stay.\n");
    expect(dry.stdout).toContain("Next: catalog remove 1 3\n");
    expect(await countDocuments()).toBe(5);
    const done = await cli("remove", "1", "3", "--reason", "withdrawn");
    expect(done.stdout).toContain("Removed 2 documents with 1 variant from the catalog; the files stay.\n");
    expect(await countDocuments()).toBe(3);
  });

  it("removes all or none", async () => {
    const { exitCode, stdout, stderr } = await cli("remove", "1", "77");
    expect(exitCode).toBe(1);
    expect(stderr).toBe("missing: There is no document 77.\n");
    expect(stdout).toBe("Nothing was removed, as they go all or none.\nNext: catalog search\n");
    expect(await countDocuments()).toBe(5);
    expect((await cli("remove", "77")).stdout).toContain("Nothing was removed.\n");
  });

  it.each(["doi:10.1/a", "0", "1.0", "0x1", "99999999999999999999", "-1"])(
    "refuses %s, which is no row id",
    async (id) => {
      expect(await cli("remove", "--", "1", id)).toMatchObject({ exitCode: 2, stdout: "" });
      expect(await countDocuments()).toBe(5);
    },
  );
});

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
});

describe("stats", () => {
  it("shows figures for people and for programs", async () => {
    const { exitCode, stdout } = await cli("stats");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^documents +5$/m);
    expect(stdout).toMatch(/^newest +2025-01-05 00:00:00Z$/m);
    expect(stdout).toMatch(/^RESOLVER +DOCUMENTS +SIZE\nunpaywall +4 +2\.0 KiB$/m);
    expect(stdout).toMatch(/^- +1 +30 B$/m);
    expect(stdout).toContain("Next: catalog dedup-report\n");
    const { lines } = await cli("stats", "--json");
    expect(lines).toMatchObject([{ type: "summary", documents: 5, variants: 1, unhashed: 1, duplicate_groups: 1 }]);
    expect(lines[0]?.["by_content_type"]).toContainEqual({ name: null, documents: 1, bytes: 30 });
  });

  it("shows an empty catalog", async () => {
    await cli("init", "--catalog", "empty.sqlite");
    const { stdout } = await cli("stats", "--catalog", "empty.sqlite");
    expect(stdout).toMatch(/^oldest +-$/m);
    expect(stdout).not.toContain("RESOLVER");
    expect(stdout).toContain("Next: catalog import-manifest PATH\n");
  });
});

describe("checkpoint", () => {
  it("brings the log into the catalog file, and says what it did", async () => {
    const path = join(folder.path, "state/catalog.sqlite");
    const removed = await cli("remove", "1", "--set", "catalog.checkpoint_on_close=never");
    expect(removed.stderr).toContain('it is two files, the catalog and its log; run "catalog checkpoint"');
    expect(await readdir(dirname(path))).toContain("catalog.sqlite.oplog");
    const { exitCode, stdout, stderr } = await cli("checkpoint");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const sizes = "[0-9.]+ Ki?B";
    expect(stdout).toMatch(
      new RegExp(
        `^Brought 1 commit from the log \\(${sizes}\\) into the catalog ${path}: it is one file now \\(${sizes}\\)\\.\n$`,
      ),
    );
    expect(await readdir(dirname(path))).toEqual(["catalog.sqlite"]);
    expect(await countDocuments()).toBe(4);
  });

  it("says when there is nothing to do", async () => {
    expect((await cli("checkpoint")).stdout).toMatch(
      /^The catalog \/.*catalog\.sqlite is one file already \(.*\)\.\n$/,
    );
    const { lines } = await cli("checkpoint", "--json");
    expect(lines).toMatchObject([{ type: "summary", command: "checkpoint", batches: 0, log_bytes: 0 }]);
  });
});

describe("config", () => {
  it("shows each value and where it came from, without secrets and control characters", async () => {
    await writeFile(join(folder.path, "catalog.config.yaml"), 'storage:\n  s3_prefix: "a\\e[2J"\n');
    const env = { CATALOG_STORAGE__LAYOUT: "cas" };
    const argv = ["config", "--set", "catalog.retention_days=30", "--root", "docs"];
    const { exitCode, stdout } = await runCli(folder.path, argv, { env });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^KEY +VALUE +ORIGIN$/m);
    expect(stdout).toMatch(/^storage\.layout +cas +environment CATALOG_STORAGE__LAYOUT$/m);
    expect(stdout).toMatch(/^catalog\.retention_days +30 +flag --set catalog\.retention_days$/m);
    expect(stdout).toMatch(/^storage\.root_dir +\/.*docs +flag --root$/m);
    expect(stdout).toMatch(/^storage\.s3_prefix +a\\x1b\[2J +file .*catalog\.config\.yaml$/m);
    expect(stdout).toMatch(/^storage\.s3_bucket +- +default$/m);
    expect(stdout).toMatch(/^Configuration file: .*catalog\.config\.yaml$/m);
    const secret = "postgres://me:hunter2@db/x";
    const postgres = await cli("config", "--set", "catalog.backend=postgres", "--catalog", secret, "--verbose");
    expect(postgres.stdout).toContain("MEANING");
    expect(postgres.stdout + postgres.stderr).not.toContain("hunter2");
  });

  it("says when there is no file", async () => {
    expect((await cli("config")).stdout).toContain("No configuration file.\n");
    const { lines } = await cli("config", "--json");
    expect(lines.at(-1)).toMatchObject({ type: "summary", config_path: null, settings: lines.length - 1 });
    expect(lines[0]).toMatchObject({ type: "setting", key: "storage.backend", value: "fs", origin: "default" });
  });
});

describe("completions", () => {
  it("prints the script and nothing else", async () => {
    expect(await cli("completions", "bash")).toMatchObject({ exitCode: 0, stdout: formatBashCompletions(DEFINITIONS) });
    for (const shell of ["zsh", "fish"]) expect((await cli("completions", shell)).stdout).toContain("import-manifest");
    expect((await cli("completions", "bash", "--json")).lines).toMatchObject([{ shell: "bash" }]);
  });

  it("refuses a shell that it does not know", async () => {
    const { exitCode, stderr } = await cli("completions", "bsh");
    expect(exitCode).toBe(2);
    expect(stderr).toBe('error: Cannot complete for "bsh": expected bash, zsh or fish\nhint: Did you mean "bash"?\n');
    expect((await cli("completions", "constructor")).exitCode).toBe(2);
  });
});

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import initSqlJs from "sql.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { makeFilledCatalog } from "./filled-catalog.ts";
import { type makeFolder, type RunResult, runCli } from "./test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeEach(async () => {
  folder = await makeFilledCatalog();
});

afterEach(() => folder.remove());

function cli(...argv: string[]): Promise<RunResult> {
  return runCli(folder.path, argv);
}

async function tamper(sql: string): Promise<void> {
  const { Database } = await initSqlJs();
  const path = join(folder.path, "state/catalog.sqlite");
  const db = new Database(readFileSync(path));
  db.run(`PRAGMA ignore_check_constraints = ON; ${sql}`);
  writeFileSync(path, db.export());
  db.close();
}

describe("a damaged row", () => {
  it("is named by search behind all that can be read", async () => {
    await tamper("UPDATE documents SET created_at = 'never' WHERE id = 2");
    const { exitCode, stdout, stderr } = await cli("search", "--json");
    expect(exitCode).toBe(EXIT.damaged);
    expect(stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line).id]))).toEqual([1, 3, 4, 5]);
    expect(stderr).toMatch(/Cannot read document 2: its created_at is \\"never\\"/);
    expect(stderr).not.toContain("more row");
  });

  it("is named by search with how many more there are", async () => {
    await tamper("UPDATE documents SET bytes = -1 WHERE id IN (2, 3, 5)");
    const { exitCode, stdout, stderr } = await cli("search");
    expect(exitCode).toBe(EXIT.damaged);
    expect(stdout).toContain("doi:10.1/a");
    expect(stderr).toContain("Cannot read document 2: its bytes is -1; 2 more rows cannot be read");
    expect(stderr).toContain("catalog remove 2");
  });

  it("keeps show from showing it", async () => {
    await tamper("UPDATE documents SET bytes = 1.5 WHERE id = 2");
    expect(await cli("show", "2")).toMatchObject({ exitCode: EXIT.damaged, stdout: "" });
    expect((await cli("show", "1")).exitCode).toBe(EXIT.done);
  });

  it("is removed with others, and named", async () => {
    await tamper("UPDATE documents SET sha256 = 'none' WHERE id = 2");
    const dry = await cli("remove", "1", "2", "--dry-run");
    expect(dry.stdout).toContain("Would remove 2 documents with");
    const done = await cli("remove", "1", "2");
    expect(done).toMatchObject({ exitCode: EXIT.done });
    expect(done.stdout).toContain("Removed 2 documents with");
    expect(done.stdout + done.stderr).toContain('Cannot read document 2: its sha256 is "none"');
    expect((await cli("search")).exitCode).toBe(EXIT.done);
  });

  it("is no reason to remove anything of a catalog that cannot be read", async () => {
    await tamper("DROP INDEX documents_sha256");
    expect(await cli("remove", "1")).toMatchObject({ exitCode: EXIT.damaged, stdout: "" });
  });
});

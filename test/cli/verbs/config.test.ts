import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFilledCatalog } from "../filled-catalog.ts";
import { type makeFolder, type RunResult, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeEach(async () => {
  folder = await makeFilledCatalog();
});

afterEach(() => folder.remove());

function cli(...argv: string[]): Promise<RunResult> {
  return runCli(folder.path, argv);
}

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

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeSettings } from "../../../src/cli/verbs/config/describe-settings.ts";
import { SETTING_KEYS } from "../../../src/core/settings/setting-keys.ts";
import { makeFilledCatalog } from "../filled-catalog.ts";
import { load } from "../settings/config-folder.ts";
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

describe("describeSettings", () => {
  it("gives every key with value, origin and description", async () => {
    const rows = describeSettings(await load("/w", { flags: { root: "r", set: [] } }));
    expect(rows.map((row) => row.key)).toEqual(SETTING_KEYS.map((key) => key.path));
    expect(rows[1]).toEqual({
      key: "storage.root_dir",
      value: "/w/r",
      origin: "flag --root",
      description: "The folder that the bytes are stored under.",
    });
    expect(rows.find((row) => row.key === "storage.s3_bucket")).toMatchObject({ value: null, origin: "default" });
  });

  it("shows no secrets", async () => {
    const env = { CATALOG_CATALOG__BACKEND: "postgres", CATALOG_CATALOG__PATH: "postgres://u:hunter2@h/db?password=x" };
    const rows = describeSettings(await load("/w", { env }));
    expect(rows.find((row) => row.key === "catalog.path")?.value).toBe("postgres://u:***@h/db?password=***");
    expect(JSON.stringify(rows)).not.toContain("hunter2");
  });

  it("has one row for a catalog that is disabled", async () => {
    const rows = describeSettings(await load("/w", { env: { CATALOG_CATALOG: "false" } }));
    expect(rows.filter((row) => row.key.startsWith("catalog"))).toEqual([
      {
        key: "catalog",
        value: false,
        origin: "environment CATALOG_CATALOG",
        description: "Files are placed, and nothing is registered.",
      },
    ]);
  });
});

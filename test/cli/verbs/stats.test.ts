import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CatalogStats } from "../../../src/catalog/stats/stats.ts";
import type { CliHost } from "../../../src/cli/host.ts";
import { openNodeCatalog } from "../../../src/hosts/node.ts";
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

  it("says whether files are verified in threads of their own", async () => {
    expect((await cli("stats")).stdout).toMatch(/^verifies in +threads of its own$/m);
    expect((await cli("stats", "--json")).lines).toMatchObject([{ digests: "workers" }]);
    const openCatalog: CliHost["openCatalog"] = async ({ settings, mode }) => {
      const catalog = await openNodeCatalog(settings, mode);
      const stats = async (): Promise<CatalogStats> => ({ ...(await catalog.stats()), digests: "in_thread" });
      return Object.assign(Object.create(catalog), { stats });
    };
    const { stdout } = await runCli(folder.path, ["stats"], { openCatalog });
    expect(stdout).toMatch(/^verifies in +the thread of the program$/m);
  });

  it("shows an empty catalog", async () => {
    await cli("init", "--catalog", "empty.sqlite");
    const { stdout } = await cli("stats", "--catalog", "empty.sqlite");
    expect(stdout).toMatch(/^oldest +-$/m);
    expect(stdout).not.toContain("RESOLVER");
    expect(stdout).toContain("Next: catalog import-manifest PATH\n");
  });
});

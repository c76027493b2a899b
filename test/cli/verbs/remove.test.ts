import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCatalog } from "../../../src/hosts/node.ts";
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

  it("says by which operation, and how to undo it", async () => {
    const dry = await cli("remove", "--dry-run", "1", "--json");
    expect(dry.lines.at(-1)).toMatchObject({ type: "summary", documents: 1, operation_id: null });
    const { stdout } = await cli("remove", "1");
    expect(stdout).toMatch(/^To undo it: catalog restore --plan [0-9a-f]{32} --apply$/m);
    const { lines } = await cli("remove", "2", "3", "--json");
    expect(lines.at(-1)).toMatchObject({ documents: 2, operation_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
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

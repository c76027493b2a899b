import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
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

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createScratch, outcomeOf } from "./_scratch-import.ts";

/** Short enough for the file system, and too long for a URL: nine characters stand for each of these. */
const FOLDERS = Array.from({ length: 6 }, () => "\u8a9e".repeat(84));

describe("what is too long for a column", () => {
  it.each([
    ["looked at", { hash: "missing" }],
    ["trusted", { hash: "none" }],
  ] as const)("is a damaged line, %s", async (_how, options) => {
    const scratch = await createScratch();
    const path = join("files", ...FOLDERS, "a");
    mkdirSync(join(scratch.folder, "files", ...FOLDERS), { recursive: true });
    writeFileSync(join(scratch.folder, path), "hello\n");
    const long = JSON.stringify({ id: "a", path, size: 6 });
    const other = JSON.stringify({ id: "b", url: "https://example.org/b", path, size: 6 });
    const { summary, findings } = await scratch.import([long, other], options);
    expect(summary).toMatchObject({ documents: 1, damaged: 1 });
    expect(findings[0]).toMatchObject({ kind: "damaged", line: 1, artifactId: "a" });
    expect(findings[0]?.message).toMatch(/^Cannot use sourceUrl .* the limit is 4096$/);
  });
});

describe("a key whose bytes are at another place, too", () => {
  it("keeps its place while its file is there, and gets the other one when it is gone", async () => {
    const scratch = await createScratch();
    scratch.write("files/a", "files/b");
    const placeOf = async (): Promise<unknown> => (await scratch.query("SELECT storage_uri FROM documents"))[0]?.[0];
    const other = outcomeOf("a", { path: "files/b" });
    await scratch.import([outcomeOf("a"), other]);
    expect(await placeOf()).toMatch(/files\/a$/);
    rmSync(join(scratch.folder, "files/a"));
    const { summary } = await scratch.import([other]);
    expect(summary).toMatchObject({ documents: 0, repeats: 1, changed: 0 });
    expect(await placeOf()).toMatch(/files\/b$/);
  });
});

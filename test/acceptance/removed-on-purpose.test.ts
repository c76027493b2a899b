import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { lineOf, makeWorkplace, type Workplace } from "./workplace.ts";

let place: Workplace;

beforeAll(() => {
  place = makeWorkplace();
  place.write("downloads/a.txt", "alpha");
  place.write("downloads/b.txt", "beta");
  place.write("downloads/list.jsonl", lineOf("a", { path: "a.txt" }) + lineOf("b", { path: "b.txt" }));
});

afterAll(() => place.remove());

/** The last line of `--json`. */
async function summaryOf(words: readonly string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout } = await place.run([...words, "--json"]);
  expect(exitCode).toBe(EXIT.done);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

const IMPORT = ["import-manifest", "downloads/list.jsonl"];

describe("what was removed on purpose", () => {
  it("stays removed by every import and folder, until it is brought back", async () => {
    expect(await summaryOf(IMPORT)).toMatchObject({ documents: 2, removed_before: 0 });
    expect(await summaryOf(["remove", "1", "--reason", "withdrawn"])).toMatchObject({ documents: 1 });
    expect(await summaryOf(IMPORT)).toMatchObject({ documents: 0, repeats: 1, removed_before: 1 });
    expect(await summaryOf([...IMPORT, "--into", "copy"])).toMatchObject({ documents: 0, removed_before: 1 });
    expect(await summaryOf(["add", "-r", "downloads"])).toMatchObject({ removed_before: 1 });
    await place.checkpoint();
    expect(await place.artifacts()).not.toContain("a");
    expect(await summaryOf([...IMPORT, "--dry-run", "--bring-back"])).toMatchObject({
      documents: 1,
      removed_before: 0,
    });
    expect(await summaryOf(IMPORT)).toMatchObject({ removed_before: 1 });
    expect(await summaryOf([...IMPORT, "--bring-back"])).toMatchObject({ documents: 1, removed_before: 0 });
    expect(await summaryOf(IMPORT)).toMatchObject({ repeats: 2, removed_before: 0 });
  });
});

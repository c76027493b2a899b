import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tellsBirth } from "../../../src/adapters/fs/node-file-stat.ts";

describe("tellsBirth", () => {
  it("believes times of birth if one of them is not that of the last change", async () => {
    const folder = await mkdtemp(join(tmpdir(), "birth-"));
    const example = join(folder, "example");
    await mkdir(example);
    // As on a system that has no time of birth: the two are one.
    expect(tellsBirth(example)).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await writeFile(join(example, "file"), "");
    expect(tellsBirth(example)).toBe(true);
    await rm(folder, { recursive: true });
  });

  it("believes none if the example cannot be looked at", () => {
    expect(tellsBirth(join(tmpdir(), "missing", "example"))).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { removeUnchanged } from "../../../src/catalog/files/remove-unchanged.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { changed, lacking } from "../../adapters/blob/_store-world.ts";

async function createFiles(...names: readonly string[]): Promise<FileSystem> {
  const fs = createMemoryFileSystem();
  for (const name of names) await write(fs, `/${name}`, name);
  return fs;
}

async function write(fs: FileSystem, path: string, text: string): Promise<void> {
  const handle = await fs.open(path, "create");
  await handle.write(new TextEncoder().encode(text));
  await handle.close();
}

async function textsOf(fs: FileSystem): Promise<Readonly<Record<string, string>>> {
  const texts: Record<string, string> = {};
  for await (const page of fs.list("/")) {
    for (const { name } of page) texts[name] = new TextDecoder().decode(await fs.readFile(`/${name}`));
  }
  return texts;
}

describe("removeUnchanged", () => {
  it("removes what is as it should be, and says when there is nothing", async () => {
    const fs = await createFiles("a", "b");
    expect(await removeUnchanged(fs, "/a", () => true)).toBe("removed");
    expect(await removeUnchanged(fs, "/a", () => true)).toBe("gone");
    expect(await textsOf(fs)).toEqual({ b: "b" });
  });

  it.each([
    ["by a link", (fs: FileSystem) => fs],
    ["where there are no links", (fs: FileSystem) => lacking(fs, "hardlink")],
    ["where this file can have no other", (fs: FileSystem) => changed(fs, { link: () => reject("EPERM") })],
  ])("gives what is not its name back, %s", async (_how, change) => {
    const fs = change(await createFiles("a"));
    expect(await removeUnchanged(fs, "/a", () => false)).toBe("changed");
    expect(await textsOf(fs)).toEqual({ a: "a" });
  });

  it.each([
    ["by a link", (fs: FileSystem) => fs],
    ["where there are no links", (fs: FileSystem) => lacking(fs, "hardlink")],
  ])("replaces nothing that came meanwhile, %s", async (_how, change) => {
    const files = await createFiles("a");
    const fs = changed(change(files), {
      rename: async (from, to) => {
        await files.rename(from, to);
        if (from === "/a") await write(files, "/a", "new");
      },
    });
    expect(await removeUnchanged(fs, "/a", () => false)).toBe("changed");
    expect(Object.values(await textsOf(files)).sort()).toEqual(["a", "new"]);
  });

  it("takes no name that somebody has", async () => {
    const files = await createFiles("a");
    let aside = "";
    const fs = changed(files, {
      rename: (_from, to) => {
        aside = to;
        return reject("EACCES");
      },
    });
    await expect(removeUnchanged(fs, "/a", () => true)).rejects.toMatchObject({ code: "EACCES" });
    await write(files, aside, "theirs");
    expect(await removeUnchanged(files, "/a", () => true)).toBe("removed");
    expect(Object.values(await textsOf(files))).toEqual(["theirs"]);
  });

  it.each(["before", "after"] as const)(
    "leaves the file or nothing when a step fails, %s it was done",
    async (effect) => {
      for (const isUnchanged of [true, false]) {
        for (let failAt = 1; ; failAt++) {
          const files = await createFiles("a");
          const fs = createFaultyFileSystem(files, { failAt, effect });
          const result = await removeUnchanged(fs, "/a", () => isUnchanged).catch(() => "failed");
          const texts = Object.values(await textsOf(files));
          if (result === "removed") expect(texts).toEqual([]);
          else expect(texts).toContain("a");
          if (fs.faults === 0) break;
        }
      }
    },
  );

  it("passes on what else is wrong with a link", async () => {
    const fs = changed(await createFiles("a"), { link: () => reject("EIO") });
    await expect(removeUnchanged(fs, "/a", () => false)).rejects.toMatchObject({ code: "EIO" });
  });
});

function reject(code: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(code), { code }));
}

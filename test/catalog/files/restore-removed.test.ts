import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { pathBeforeRemoval, removeUnchanged, restoreRemoved } from "../../../src/catalog/files/remove-unchanged.ts";
import { openCatalog } from "../../../src/hosts/node.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { changed, inFolder, lacking } from "../../adapters/blob/_store-world.ts";
import { outcomeOf } from "../import/_scratch-import.ts";

const node = createNodeFileSystem();

/** Removes a file as far as one comes who is killed when its name has been taken. */
async function leaveHidden(fs: FileSystem, path: string): Promise<void> {
  const operations = ["lstat", "rename", "link", "unlink"] as const;
  for (let failAt = 2; ; failAt++) {
    const dying = createFaultyFileSystem(fs, { operations, failAt, repeat: "forever" });
    await expect(removeUnchanged(dying, path, () => true)).rejects.toMatchObject({ code: "EIO" });
    if ((await fs.lstat(path)) === undefined) return;
  }
}

async function inScene(work: (scene: { catalog: Catalog; downloads: string }) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const downloads = `${folder}/downloads`;
    mkdirSync(`${downloads}/files`, { recursive: true });
    const catalog = await openCatalog({
      catalog: { path: `${folder}/catalog.sqlite` },
      storage: { rootDir: `${folder}/root` },
    });
    await work({ catalog, downloads }).finally(() => catalog.close());
  });
}

describe("a file that was hidden when its remover was killed", () => {
  it.each(["download.pdf", "ü \n.pdf", "n".repeat(255)])("is moved under its own name, %j", (name) =>
    inScene(async ({ catalog, downloads }) => {
      const path = `${downloads}/${name}`;
      writeFileSync(path, "hello\n");
      await leaveHidden(node, path);
      expect(readdirSync(downloads)).toHaveLength(2);
      const key = { artifactId: "a", sourceUrl: "https://example.org/a", resolver: "r" };
      expect(await catalog.finalize(path, key)).toMatchObject({ outcome: "created" });
      expect(readdirSync(downloads)).toEqual(["files"]);
    }),
  );

  it("is moved when the manifest that names it is imported again", () =>
    inScene(async ({ catalog, downloads }) => {
      const manifest = { path: `${downloads}/manifest.jsonl` };
      writeFileSync(`${downloads}/files/a`, "hello\n");
      writeFileSync(manifest.path, `${outcomeOf("a")}\n`);
      await leaveHidden(node, `${downloads}/files/a`);
      expect(await catalog.importManifest(manifest, { into: "copy" })).toMatchObject({ documents: 0, gone: 1 });
      expect(await catalog.importManifest(manifest, { into: "move" })).toMatchObject({ documents: 1, gone: 0 });
      expect(readdirSync(`${downloads}/files`)).toEqual([]);
    }));

  it.each(["file", "folder"] as const)("is added under its own name when its %s is", (what) =>
    inScene(async ({ catalog, downloads }) => {
      const path = `${downloads}/files/a`;
      writeFileSync(path, "hello\n");
      await leaveHidden(node, path);
      const source = { path: what === "file" ? path : downloads };
      const options = { recursive: what === "folder", into: "copy" } as const;
      expect(await catalog.add([source], options)).toMatchObject({ files: 1, documents: 1, failed: 0 });
      expect(await catalog.add([source], options)).toMatchObject({ files: 1, found: 1, failed: 0 });
      expect(readdirSync(`${downloads}/files`)).toEqual(["a"]);
    }),
  );

  it("stays under its new name where another file has its own, or it cannot be renamed", () =>
    inScene(async ({ catalog, downloads }) => {
      const path = `${downloads}/files/a`;
      writeFileSync(path, "hello\n");
      await leaveHidden(node, path);
      writeFileSync(path, "another");
      writeFileSync(`${downloads}/files/.a.0123456789.removing`, "of somebody else");
      expect(await catalog.add([{ path: downloads }], { recursive: true })).toMatchObject({ files: 3, documents: 3 });
      expect(readdirSync(`${downloads}/files`)).toHaveLength(3);
    }));
});

describe("restoreRemoved", () => {
  async function createHidden(): Promise<FileSystem> {
    const fs = createMemoryFileSystem();
    const handle = await fs.open("/a", "create");
    await handle.close();
    await leaveHidden(fs, "/a");
    return fs;
  }

  it.each([
    ["by a link", (fs: FileSystem) => fs],
    ["where there are no links", (fs: FileSystem) => lacking(fs, "hardlink")],
  ])("gives a file its name back, %s", async (_how, change) => {
    const fs = change(await createHidden());
    const names: string[] = [];
    for await (const page of fs.list("/")) names.push(...page.map(({ name }) => name));
    expect(names.map((name) => pathBeforeRemoval(`/${name}`))).toEqual(["/a"]);
    expect(await restoreRemoved(fs, "/a")).toBe(true);
    expect(await restoreRemoved(fs, "/a")).toBe(true);
    expect(await restoreRemoved(fs, "/b")).toBe(false);
    expect(await fs.lstat("/a")).toMatchObject({ kind: "file", links: 1 });
  });

  it("gives way to who removes it at this moment, and passes on what else goes wrong", async () => {
    const files = await createHidden();
    const gone = changed(files, {
      link: async (from) => {
        await files.unlink(from);
        throw Object.assign(new Error("made"), { code: "ENOENT" });
      },
    });
    const broken = changed(files, { link: () => Promise.reject(Object.assign(new Error("made"), { code: "EIO" })) });
    await expect(restoreRemoved(broken, "/a")).rejects.toMatchObject({ code: "EIO" });
    expect(await restoreRemoved(gone, "/a")).toBe(false);
  });
});

import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { type BlobKey, parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import { PAGE_SIZE } from "../../../src/core/pages.ts";
import { parentPath } from "../../../src/core/path.ts";
import type { BlobStore, ListedBlob } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { FileCall } from "../../../src/testing/fault-plan.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { changed, inFolder, lacking, openStore } from "./_store-world.ts";

const KEY = parseBlobKey("papers/one/a.pdf");
const FIRST = parseBlobKey("first");
const node = createNodeFileSystem();

async function place(store: BlobStore, key: BlobKey): Promise<void> {
  const writer = await store.stage();
  await writer.write(new TextEncoder().encode("bytes"));
  const staged = await writer.finish();
  expect(await store.place(staged, key)).toBe(true);
  await store.dropStaged(staged);
}

async function listFolders(store: BlobStore): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const page of store.list({ emptyFolders: true })) {
    expect(page.length).toBeLessThanOrEqual(PAGE_SIZE);
    found.push(...page.filter(({ kind }) => kind === "folder").map(({ key }: ListedBlob) => String(key)));
  }
  return found.sort();
}

/** The folders above a key, the deepest first. */
function foldersOf(key: BlobKey): readonly BlobKey[] {
  const folders: BlobKey[] = [];
  for (let at = key.lastIndexOf("/"); at > 0; at = key.lastIndexOf("/", at - 1))
    folders.push(parseBlobKey(key.slice(0, at)));
  return folders;
}

const DEVICES: Readonly<Record<string, () => FileSystem>> = {
  links: () => createMemoryFileSystem(),
  "no links": () => lacking(createMemoryFileSystem(), "hardlink"),
  clones: () => createMemoryFileSystem({ clone: true }),
};

const WAYS: Readonly<Record<string, (store: BlobStore) => Promise<unknown>>> = {
  place: (store) => place(store, KEY),
  share: async (store) => {
    if ((await store.share(FIRST, KEY)) === "impossible") await place(store, KEY);
  },
  giveBack: async (store) => {
    const found = await store.stat(FIRST);
    const taken = found && (await store.take(FIRST, { found, run: store.newRun(), keepName: false }));
    expect(taken && (await store.giveBack(taken, { to: KEY }))).toBe("back");
  },
};

/** What was made last and is not synced since; what is gone meanwhile counts for nothing. */
function unsyncedOf(trace: readonly FileCall[], key: BlobKey): readonly string[] {
  const unsynced = new Set<string>();
  for (const { operation, path } of trace) {
    if (operation === "makeDirectory") unsynced.add(path);
    if (operation !== "syncDirectory") continue;
    for (const folder of unsynced) if (parentPath(folder) === path) unsynced.delete(folder);
  }
  return foldersOf(key).filter((folder) => unsynced.has(`/root/${folder}`));
}

describe("a folder that is removed while a blob comes there", () => {
  const cases = Object.keys(WAYS).flatMap((way) => Object.keys(DEVICES).map((device) => [way, device] as const));

  it.each(cases)("is made again, and is durable, for %s on a device with %s, at each call", async (way, device) => {
    let removals = 0;
    for (let failAt = 1; ; failAt += 1) {
      const files = DEVICES[device]?.() ?? createMemoryFileSystem();
      const other = await openStore(files);
      await place(other, FIRST);
      const change = async (): Promise<void> => {
        for (const folder of foldersOf(KEY)) if (await other.removeFolder(folder)) removals += 1;
      };
      const fs = createFaultyFileSystem(files, { failAt, effect: "change", change });
      const store = await openStore(fs);
      // It knows the folders as durable that are removed.
      await place(store, parseBlobKey("papers/one/b.pdf"));
      await files.unlink("/root/papers/one/b.pdf");
      await WAYS[way]?.(store);
      await store.syncName(KEY);
      const stream = await other.open(KEY);
      expect(stream && (await new Response(stream).text()), `call ${failAt}`).toBe("bytes");
      expect(unsyncedOf(fs.trace, KEY), `call ${failAt}`).toEqual([]);
      if (fs.faults === 0) break;
    }
    expect(removals).toBeGreaterThan(10);
  });
});

describe("removeFolder", () => {
  it("removes nothing but an empty folder below the root, and follows no symlink", () =>
    inFolder(async (folder) => {
      const root = `${folder}/root`;
      for (const name of ["outside/empty", "root/.staging", "root/.trash", "root/.hidden", "root/full", "root/empty"])
        await mkdir(`${folder}/${name}`, { recursive: true });
      await writeFile(`${root}/full/file`, "");
      await symlink(`${folder}/outside`, `${root}/link`);
      await symlink(`${folder}/outside/empty`, `${root}/empty-link`);
      const store = await openStore(node, root);
      expect(await listFolders(store)).toEqual([".hidden", "empty"]);
      for (const name of [".staging", ".trash", ".trash/run", "full", "full/file", "link", "link/empty", "empty-link"])
        expect(await store.removeFolder(parseBlobKey(name)), name).toBe(false);
      expect(await store.removeFolder(parseBlobKey("empty"))).toBe(true);
      expect(await store.removeFolder(parseBlobKey("empty"))).toBe(false);
      expect(await readdir(`${folder}/outside`)).toEqual(["empty"]);
      expect((await readdir(root)).sort()).toEqual([".hidden", ".staging", ".trash", "empty-link", "full", "link"]);
    }));

  it("takes names in different case for those of the catalog's own where case does not count", async () => {
    const files = createMemoryFileSystem();
    for (const path of ["/root", "/root/.trash"]) await files.makeDirectory(path);
    const lower = (path: string): string => path.toLowerCase();
    const store = await openStore(changed(files, { lstat: (path) => files.lstat(lower(path)) }));
    expect(await store.removeFolder(parseBlobKey(".TRASH"))).toBe(false);
    expect(await files.lstat("/root/.trash")).toBeDefined();
  });

  it("says what fails otherwise", async () => {
    const files = createMemoryFileSystem();
    for (const path of ["/root", "/root/empty"]) await files.makeDirectory(path);
    const plan = { failAt: 1, operations: ["removeDirectory"], code: "EACCES" } as const;
    const store = await openStore(createFaultyFileSystem(files, plan));
    await expect(store.removeFolder(parseBlobKey("empty"))).rejects.toMatchObject({ code: "PERMISSION" });
  });
});

describe("the list of empty folders", () => {
  it("comes in pages, deepest folders only, and leaves out what is gone by then", async () => {
    const files = createMemoryFileSystem();
    for (const path of ["/root", "/root/deep", "/root/deep/er", "/root/deep/er/still"]) await files.makeDirectory(path);
    const names = Array.from({ length: 2 * PAGE_SIZE + 1 }, (_, index) => `folder-${index}`);
    for (const name of names) await files.makeDirectory(`/root/${name}`);
    expect(await listFolders(await openStore(files))).toEqual([...names, "deep/er/still"].sort());
    const change = ({ path }: FileCall): Promise<void> => files.removeDirectory(path);
    // The first look at what has a name of `names` is the one that its time is asked with.
    const losing = changed(files, {
      lstat: async (path) => {
        if (path === "/root/folder-7") await change({ operation: "lstat", path });
        return files.lstat(path);
      },
    });
    expect(await listFolders(await openStore(losing))).not.toContain("folder-7");
  });
});

import { once } from "node:events";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import type { BlobStore, ListedBlob } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { put } from "../../../src/testing/blob-store/place.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { changed, inFolder, openStore } from "./_store-world.ts";

const node = createNodeFileSystem();

async function listAll(store: BlobStore, under?: string): Promise<readonly ListedBlob[]> {
  const found: ListedBlob[] = [];
  const options = under === undefined ? {} : { under: parseBlobKey(under) };
  for await (const page of store.list(options)) found.push(...page);
  return found;
}

function told({ kind, key, name }: ListedBlob & { readonly name?: string }): string {
  return `${kind} ${key ?? name}`;
}

/** What `fs` has, with names in different case taken for one, as far as `lstat` tells. */
function ignoringCase(fs: FileSystem): FileSystem {
  return changed(fs, { lstat: async (path) => (await fs.lstat(path)) ?? fs.lstat(path.toLowerCase()) });
}

describe("list", () => {
  it("tells no more of a blob than its name when that is gone before it is looked at", async () => {
    const fs = createMemoryFileSystem();
    const store = await openStore(
      changed(fs, { lstat: async (path) => (path.endsWith("/gone") ? undefined : fs.lstat(path)) }),
      "/root",
    );
    for (const key of ["gone", "there"]) await put(store, parseBlobKey(key), "bytes");
    const found: ListedBlob[] = [];
    for await (const page of store.list({ stat: true })) found.push(...page);
    expect(found.map(({ key, stat }) => [key, stat?.sizeBytes])).toEqual([
      ["gone", undefined],
      ["there", 5],
    ]);
  });

  it("says of what is no blob what it is, follows no symlink, and gives no key where there is none", () =>
    inFolder(async (folder) => {
      const root = `${folder}/root`;
      await mkdir(`${root}/papers`, { recursive: true });
      await mkdir(`${folder}/outside`);
      await writeFile(`${folder}/outside/theirs`, "");
      await writeFile(`${root}/papers/a.pdf`, "");
      await symlink(`${folder}/outside`, `${root}/papers/link`);
      await writeFile(Buffer.from(`${root}/caf\xe9`, "latin1"), "");
      await mkdir(Buffer.from(`${root}/dir\xff`, "latin1"));
      await writeFile(Buffer.from(`${root}/dir\xff/inside`, "latin1"), "");
      await mkdir(`${root}/.staging`);
      await writeFile(`${root}/.hidden`, "");
      // Of the special files this one needs no program to be made.
      const server = createServer().listen(`${root}/socket`);
      await once(server, "listening");
      const store = await openStore(node, root);
      expect((await listAll(store)).map(told).sort()).toEqual([
        "blob .hidden",
        "blob papers/a.pdf",
        "special socket",
        "symlink papers/link",
        "unknown caf\ufffd",
        "unknown dir\ufffd",
      ]);
      expect((await listAll(store, "papers")).map(told).sort()).toEqual(["blob papers/a.pdf", "symlink papers/link"]);
      await expect(listAll(store, "papers/link")).rejects.toMatchObject({ code: "REFUSED" });
      await expect(listAll(store, "papers/a.pdf")).rejects.toMatchObject({ code: "REFUSED" });
      server.close();
    }));

  it("finds nothing in a folder that is removed meanwhile, and fails for one that cannot be read", async () => {
    const fs = createMemoryFileSystem();
    for (const path of ["/root", "/root/a", "/root/b"]) await fs.makeDirectory(path);
    await (await fs.open("/root/b/c", "create")).close();
    const plan = { failAt: 2, operations: ["list"] } as const;
    const losing = await openStore(createFaultyFileSystem(fs, { ...plan, code: "ENOENT" }));
    expect(await listAll(losing)).toEqual([]);
    const denied = await openStore(createFaultyFileSystem(fs, { ...plan, code: "EACCES" }));
    await expect(listAll(denied)).rejects.toMatchObject({ code: "PERMISSION" });
  });
});

describe("comparableKey", () => {
  const names = ["Papers/É.pdf", "papers/E\u0301.PDF", "papers/é.pdf"].map(parseBlobKey);

  it("gives names back as they are where case counts", async () => {
    const fs = createMemoryFileSystem();
    await fs.makeDirectory("/root");
    const store = await openStore(fs);
    await store.stage();
    expect(names.map((name) => store.comparableKey(name))).toEqual(names);
  });

  it.each([".staging", ".content-catalog"])("gives one text where it does not, as %s shows", async (own) => {
    const fs = createMemoryFileSystem();
    for (const path of ["/root", `/root/${own}`]) await fs.makeDirectory(path);
    const store = await openStore(ignoringCase(fs));
    expect(new Set(names.map((name) => store.comparableKey(name))).size).toBe(1);
    expect(store.comparableKey(parseBlobKey("\u212a"))).toBe(store.comparableKey(parseBlobKey("k")));
  });

  it("does not know before there is anything, or where nobody may look, and opens all the same", async () => {
    const fs = createMemoryFileSystem();
    const store = await openStore(ignoringCase(fs));
    expect(names.map((name) => store.comparableKey(name))).toEqual(names);
    await store.stage();
    expect(new Set(names.map((name) => store.comparableKey(name))).size).toBe(1);
    const refuse = (code: string): FileSystem =>
      changed(fs, {
        lstat: (path) =>
          path.includes(".staging") ? Promise.reject(Object.assign(new Error(code), { code })) : fs.lstat(path),
      });
    const denied = await openStore(refuse("EACCES"));
    expect(names.map((name) => denied.comparableKey(name))).toEqual(names);
    await expect(openStore(refuse("EIO"))).rejects.toMatchObject({ code: "BACKEND" });
  });
});

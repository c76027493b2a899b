import { chmod, link, lstat, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createNodeProcessTable } from "../../../src/adapters/process/node.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import type { BlobStore, StagedBlob } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { evidenceFor } from "../../../src/testing/blob-store/place.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { changed, inFolder, lacking, openStore, treeOf } from "./_store-world.ts";

const KEY = parseBlobKey("cas/sha256/ab/cdef");
const node = createNodeFileSystem();

async function stage(store: BlobStore, text: string): Promise<StagedBlob> {
  const writer = await store.stage();
  await writer.write(new TextEncoder().encode(text));
  return writer.finish();
}

async function put(store: BlobStore, text: string, key = KEY): Promise<void> {
  const staged = await stage(store, text);
  await store.place(staged, key, { readOnly: true });
  await store.dropStaged(staged);
}

function failing(code: string, ...operations: readonly (keyof FileSystem)[]): FileSystem {
  const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));
  return changed(node, Object.fromEntries(operations.map((name) => [name, refuse])));
}

/** A device on which no open file takes another mode or owner. */
function settingFails(code: string): FileSystem {
  return changed(node, {
    open: async (path, mode, createMode) => {
      const handle = await node.open(path, mode, createMode);
      handle.setAccess = () => Promise.reject(Object.assign(new Error(code), { code }));
      return handle;
    },
  });
}

describe("mayShareBlocks", () => {
  it("says what the file system does, else whether that clones, and nothing of a root that is not there", async () => {
    const root = async (fs: FileSystem): Promise<boolean> => {
      await fs.makeDirectory("/root");
      return (await openStore(fs)).mayShareBlocks();
    };
    expect(await root(createMemoryFileSystem())).toBe(false);
    expect(await root(createMemoryFileSystem({ clone: true }))).toBe(true);
    const told = (answer: boolean): FileSystem =>
      changed(createMemoryFileSystem({ clone: true }), { mayShareBlocks: async () => answer });
    expect([await root(told(true)), await root(told(false))]).toEqual([true, false]);
    expect(await (await openStore(told(true))).mayShareBlocks()).toBe(false);
    const failing = createFaultyFileSystem(told(true), { failAt: 1, operations: ["mayShareBlocks"], code: "EACCES" });
    await expect(root(failing)).rejects.toMatchObject({ code: "PERMISSION" });
  });
});

describe("the root", () => {
  it("is not created by opening, and with all above it by staging", () =>
    inFolder(async (folder) => {
      const store = await openStore(node, `${folder}/a/b`);
      expect(await readdir(folder)).toEqual([]);
      await store.dropStaged(await stage(store, "bytes"));
      expect(await readdir(`${folder}/a/b`)).toEqual([".staging"]);
    }));

  it("is what a symlink to it leads to, also when it is not there yet", () =>
    inFolder(async (folder) => {
      await mkdir(`${folder}/real`);
      await symlink(`${folder}/real`, `${folder}/link`);
      const [one, two] = [await openStore(node, `${folder}/link`), await openStore(node, `${folder}/link/new`)];
      expect([one.root, two.root]).toEqual([`${folder}/real`, `${folder}/real/new`]);
    }));

  it("can be the root of a file system", async () => {
    const store = await openStore(createMemoryFileSystem(), "/");
    await put(store, "bytes");
    expect(store.uriOf(KEY)).toBe("file:///cas/sha256/ab/cdef");
    expect(store.findKey("file:///cas/sha256/ab/cdef")).toBe(KEY);
  });

  it.each([
    ["a file", (folder: string) => writeFile(`${folder}/root`, "")],
    ["a symlink that leads nowhere", (folder: string) => symlink(`${folder}/nowhere`, `${folder}/root`)],
  ])("that is %s is refused", (_what, make) =>
    inFolder(async (folder) => {
      await make(folder);
      const store = await openStore(node, `${folder}/root`);
      const error = await store.stage().catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "REFUSED", message: expect.stringContaining(`"${folder}/root"`) });
      expect(error).toMatchObject({ message: expect.stringContaining("is in the way") });
    }),
  );

  it("that is read-only or full is said to be", () =>
    inFolder(async (folder) => {
      const readOnly = await openStore(failing("EROFS", "makeDirectory"), folder);
      await expect(readOnly.stage()).rejects.toMatchObject({ code: "READ_ONLY" });
      const full = await openStore(failing("ENOSPC", "open"), folder);
      await expect(full.stage()).rejects.toMatchObject({ code: "NO_SPACE" });
      const denied = openStore(failing("EACCES", "stat"), folder);
      await expect(denied).rejects.toMatchObject({ code: "PERMISSION" });
    }));

  it("may lose its folders while it is used", () =>
    inFolder(async (folder) => {
      const store = await openStore(node, `${folder}/root`);
      await put(store, "bytes");
      let removals = 0;
      const racing = changed(node, {
        link: async (from, to) => {
          if (removals++ < 2) throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
          await node.link(from, to);
        },
      });
      const raced = await openStore(racing, `${folder}/root`);
      await put(raced, "others", parseBlobKey("new/blob"));
      expect(await readFile(`${folder}/root/new/blob`, "utf8")).toBe("others");
    }));
});

describe("what stands in the way", () => {
  it("a file for the last folder: refused", () =>
    inFolder(async (folder) => {
      const store = await openStore(node, `${folder}/root`);
      const staged = await stage(store, "bytes");
      await writeFile(`${folder}/root/file`, "");
      await expect(store.place(staged, parseBlobKey("file/blob"))).rejects.toMatchObject({ code: "REFUSED" });
      await store.dropStaged(staged);
    }));

  it.each([
    ["a symlink for a folder", async (root: string, outside: string) => symlink(outside, `${root}/cas`)],
    ["a file for a folder", async (root: string) => writeFile(`${root}/cas`, "")],
  ])("%s: refused, and nothing outside is touched", (_what, make) =>
    inFolder(async (folder) => {
      await mkdir(`${folder}/root`);
      await mkdir(`${folder}/outside`);
      await make(`${folder}/root`, `${folder}/outside`);
      const store = await openStore(node, `${folder}/root`);
      const staged = await stage(store, "bytes");
      await expect(store.place(staged, KEY)).rejects.toMatchObject({ code: "REFUSED" });
      await expect(store.stat(KEY)).rejects.toMatchObject({ code: "REFUSED" });
      await store.dropStaged(staged);
      expect(await readdir(`${folder}/outside`)).toEqual([]);
      expect(await readdir(`${folder}/root/.staging`)).toEqual([]);
    }),
  );

  it.each([
    ["a symlink", (path: string, outside: string) => symlink(`${outside}/file`, path)],
    ["a folder", (path: string) => mkdir(path)],
  ])("%s for a blob: never placed over, read, moved or replaced", (_what, make) =>
    inFolder(async (folder) => {
      await mkdir(`${folder}/root/cas/sha256/ab`, { recursive: true });
      await mkdir(`${folder}/outside`);
      await writeFile(`${folder}/outside/file`, "theirs");
      await make(`${folder}/root/${KEY}`, `${folder}/outside`);
      const store = await openStore(node, `${folder}/root`);
      const staged = await stage(store, "bytes");
      expect(await store.place(staged, KEY)).toBe(false);
      const found = { identity: "", sizeBytes: 0, modifiedMs: 0 };
      for (const work of [
        () => store.stat(KEY),
        () => store.open(KEY),
        () => store.setAside(KEY, { found, evidence: evidenceFor(store) }),
        () => store.replace(staged, KEY, { found, evidence: evidenceFor(store) }),
        () => store.share(KEY, parseBlobKey("other")),
        () => store.adopt(`${folder}/root/${KEY}`, "link"),
      ]) {
        await expect(work()).rejects.toMatchObject({ code: "REFUSED" });
      }
      expect(await readFile(`${folder}/outside/file`, "utf8")).toBe("theirs");
    }),
  );
});

describe("modes", () => {
  it("are read-only for a blob that shall be, and only if it is ours alone", () =>
    inFolder(async (folder) => {
      const store = await openStore(node, folder);
      await put(store, "bytes");
      expect((await lstat(`${folder}/${KEY}`)).mode & 0o777).toBe(0o444);
      await writeFile(`${folder}/theirs`, "bytes", { mode: 0o640 });
      const staged = await store.adopt(`${folder}/theirs`, "link");
      expect(staged).toMatchObject({ sizeBytes: 5, shared: true });
      const key = parseBlobKey("other");
      expect(staged && (await store.place(staged, key, { readOnly: true }))).toBe(true);
      if (staged) await store.dropStaged(staged);
      await store.protect(key);
      expect((await lstat(`${folder}/theirs`)).mode & 0o777).toBe(0o640);
      await node.unlink(`${folder}/theirs`);
      await store.protect(key);
      expect((await lstat(`${folder}/${key}`)).mode & 0o777).toBe(0o440);
    }));

  it("do not matter where there are none, and other errors do", () =>
    inFolder(async (folder) => {
      const without = await openStore(settingFails("ENOTSUP"), `${folder}/a`);
      await put(without, "bytes");
      expect(await treeOf(`${folder}/a`)).toEqual([`${KEY} 5`]);
      const broken = await openStore(settingFails("EIO"), `${folder}/b`);
      await expect(put(broken, "bytes")).rejects.toMatchObject({ code: "BACKEND" });
    }));
});

describe("links", () => {
  it.each(["EPERM", "EMLINK", "EXDEV", "ENOTSUP"])("are done without where they end in %s", (code) =>
    inFolder(async (folder) => {
      const store = await openStore(
        changed(failing(code, "link"), { capabilities: lacking(node, "clone").capabilities }),
        folder,
      );
      await put(store, "bytes");
      await put(store, "bytes");
      expect(await treeOf(folder)).toEqual([`${KEY} 5`]);
      expect(await store.share(KEY, parseBlobKey("other"))).toBe("impossible");
      expect(await store.adopt(`${folder}/${KEY}`, "link")).toBeUndefined();
      expect(await readdir(`${folder}/.staging`)).toEqual([]);
    }),
  );

  it("leave no placeholder when the renaming fails", () =>
    inFolder(async (folder) => {
      const store = await openStore(
        changed(failing("EIO", "rename"), { capabilities: lacking(node, "hardlink").capabilities }),
        folder,
      );
      const staged = await stage(store, "bytes");
      await expect(store.place(staged, KEY)).rejects.toMatchObject({ code: "BACKEND" });
      expect(await store.stat(KEY)).toBeUndefined();
      expect((await store.statStaged(staged)).sizeBytes).toBe(5);
    }));

  it("leave a file alone that took the place of the placeholder", () =>
    inFolder(async (folder) => {
      const racing = changed(lacking(node, "hardlink"), {
        rename: async (_from, to) => {
          await node.unlink(to);
          await writeFile(to, "theirs");
          throw Object.assign(new Error("EIO"), { code: "EIO" });
        },
      });
      const store = await openStore(racing, folder);
      await expect(put(store, "bytes")).rejects.toMatchObject({ code: "BACKEND" });
      expect(await readFile(`${folder}/${KEY}`, "utf8")).toBe("theirs");
    }));
});

describe("clones", () => {
  it("are tried once where the device has none", async () => {
    const fs = createFaultyFileSystem(createMemoryFileSystem({ clone: true }), {
      failAt: 1,
      code: "ENOTSUP",
      operations: ["clone"],
      repeat: "forever",
    });
    const store = await openStore(fs);
    await put(store, "bytes");
    expect(await store.share(KEY, parseBlobKey("one"))).toBe("linked");
    expect(await store.share(KEY, parseBlobKey("two"))).toBe("linked");
    expect(fs.calls).toBe(1);
  });

  it("fall back for one file, and fail for what is no answer", async () => {
    const odd = createFaultyFileSystem(createMemoryFileSystem({ clone: true }), {
      failAt: 1,
      code: "EXDEV",
      operations: ["clone"],
    });
    const store = await openStore(odd);
    await put(store, "bytes");
    expect(await store.share(KEY, parseBlobKey("one"))).toBe("linked");
    expect(await store.share(KEY, parseBlobKey("two"))).toBe("cloned");
    const broken = await openStore(
      createFaultyFileSystem(createMemoryFileSystem({ clone: true }), {
        failAt: 1,
        operations: ["clone"],
        effect: "after",
      }),
    );
    await put(broken, "bytes");
    await expect(broken.share(KEY, parseBlobKey("one"))).rejects.toMatchObject({ code: "BACKEND" });
  });
});

describe("quarantine", () => {
  it("keeps the bytes beside their evidence, by link or by copy", () =>
    inFolder(async (folder) => {
      for (const [name, fs] of [
        ["links", node],
        ["copies", lacking(node, "hardlink")],
      ] as const) {
        const store = await openStore(fs, `${folder}/${name}`);
        await put(store, "bad");
        const found = await store.stat(KEY);
        const staged = await stage(store, "whole");
        expect(found && (await store.replace(staged, KEY, { found, evidence: evidenceFor(store) }))).toBe("replaced");
        const [nonce = ""] = await readdir(`${folder}/${name}/.quarantine`);
        const quarantined = `${folder}/${name}/.quarantine/${nonce}`;
        expect(await readFile(`${quarantined}/cdef`, "utf8")).toBe("bad");
        expect(JSON.parse(await readFile(`${quarantined}/evidence.json`, "utf8"))).toEqual({
          schema_version: 2,
          ...evidenceFor(store),
        });
        expect(await readFile(`${folder}/${name}/${KEY}`, "utf8")).toBe("whole");
      }
    }));
});

describe("staging", () => {
  it("names who stages", () =>
    inFolder(async (folder) => {
      const { thread, ...owner } = createNodeProcessTable().self();
      const store = await openFileBlobStore({ fs: node, rootDir: folder, entropy: webCryptoEntropy, owner });
      const { name } = await stage(store, "bytes");
      expect(await readdir(`${folder}/.staging`)).toEqual([name]);
      await writeFile(`${folder}/.staging/not-ours`, "");
      await mkdir(`${folder}/.staging/${name.replace(/^./, (first) => (first === "0" ? "1" : "0"))}`);
      const owners: unknown[] = [];
      for await (const found of store.listStaged()) owners.push(found.owner);
      expect(owners).toEqual([owner]);
      expect(name).toMatch(new RegExp(`^[0-9a-f]{32}\\.${process.pid}\\.`));
      expect(name).toContain(Buffer.from(hostname()).subarray(0, 48).toString("hex"));
    }));

  it("says when it was cleared by somebody else", () =>
    inFolder(async (folder) => {
      const store = await openStore(node, folder);
      const staged = await stage(store, "bytes");
      await node.unlink(`${folder}/.staging/${staged.name}`);
      await expect(store.place(staged, KEY)).rejects.toThrow("the staged file was removed by somebody else");
      await expect(store.openStaged(staged)).rejects.toMatchObject({ code: "NOT_FOUND" });
    }));

  it("takes in a file that only its owner may write to, and one with many names", () =>
    inFolder(async (folder) => {
      await mkdir(`${folder}/in`);
      await writeFile(`${folder}/in/a`, "bytes");
      await chmod(`${folder}/in/a`, 0o400);
      await link(`${folder}/in/a`, `${folder}/in/b`);
      const store = await openStore(node, `${folder}/root`);
      const staged = await store.adopt(`${folder}/in/a`, "link");
      expect(staged && (await new Response(await store.openStaged(staged)).text())).toBe("bytes");
      await expect(store.adopt(`${folder}/in/missing`, "link")).rejects.toMatchObject({ code: "NOT_FOUND" });
    }));
});

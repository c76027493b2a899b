import { chmod, lstat, mkdir, readdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { casKey } from "../../../src/core/naming/layout.ts";
import { parseSha256 } from "../../../src/core/sha256.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { changed, inFolder, lacking } from "../../adapters/blob/_store-world.ts";
import { type IngestWorld, openWorld, type WorldOptions } from "./_ingest-world.ts";

const HELLO_KEY = casKey(parseSha256("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"));
const node = createNodeFileSystem();

interface Scene {
  readonly world: IngestWorld;
  readonly folder: string;
  /** A file with "hello" in it, mode 0640. */
  readonly source: string;
}

async function inScene(options: WorldOptions, work: (scene: Scene) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const source = `${folder}/download.tmp`;
    await writeFile(source, "hello");
    await chmod(source, 0o640);
    const world = await openWorld({ fs: node, rootDir: `${folder}/root`, layout: "cas", ...options });
    await work({ world, folder, source });
  });
}

const modeOf = async (path: string): Promise<number> => (await lstat(path)).mode & 0o777;
const inodeOf = async (path: string): Promise<number> => (await lstat(path)).ino;

describe("finalize", () => {
  it("moves a file without writing its bytes again, and makes it read-only when its name is gone", () =>
    inScene({}, async ({ world, folder, source }) => {
      const inode = await inodeOf(source);
      const result = await world.finalize(source);
      expect(result).toMatchObject({ outcome: "created", placement: "stored", record: { bytes: 5 } });
      expect(await readdir(folder)).toEqual(["root"]);
      expect(await inodeOf(`${folder}/root/${HELLO_KEY}`)).toBe(inode);
      expect(await modeOf(`${folder}/root/${HELLO_KEY}`)).toBe(0o440);
      expect(await world.files()).toEqual({ [HELLO_KEY]: "hello" });
    }));

  it("leaves a hardlinked file with its mode, and a copied one alone", () =>
    inScene({}, async ({ world, folder, source }) => {
      await world.finalize(source, {}, { transfer: "hardlink" });
      expect(await inodeOf(`${folder}/root/${HELLO_KEY}`)).toBe(await inodeOf(source));
      expect(await modeOf(source)).toBe(0o640);
      await writeFile(`${folder}/second`, "other");
      const { record } = await world.finalize(`${folder}/second`, {}, { transfer: "copy" });
      expect(await inodeOf(new URL(record.storageUri).pathname)).not.toBe(await inodeOf(`${folder}/second`));
      expect(await modeOf(new URL(record.storageUri).pathname)).toBe(0o444);
    }));

  it("clones for a copy where files can share bytes", async () => {
    const fs = createMemoryFileSystem({ clone: true });
    await writeInto(fs, "/in.txt", "hello");
    const world = await openWorld({ fs, layout: "cas" });
    expect(await world.finalize("/in.txt", {}, { transfer: "copy" })).toMatchObject({ placement: "stored" });
    expect(await world.files()).toEqual({ [HELLO_KEY]: "hello" });
    expect(await fs.stat("/in.txt")).toMatchObject({ sizeBytes: 5, links: 1 });
  });

  it.each([
    ["on another device", (fs: FileSystem) => changed(fs, { link: refuseFrom(fs, "download.tmp", "EXDEV") })],
    [
      "that may have no second name",
      (fs: FileSystem) => changed(fs, { link: refuseFrom(fs, "download.tmp", "EPERM") }),
    ],
    ["where there are no links", (fs: FileSystem) => lacking(fs, "hardlink")],
  ])("copies a file %s, and removes it afterwards", (_what, change) =>
    inScene({ fs: change(node) }, async ({ world, folder, source }) => {
      expect(await world.finalize(source)).toMatchObject({ placement: "stored" });
      expect(await world.files()).toEqual({ [HELLO_KEY]: "hello" });
      expect(await readdir(folder)).toEqual(["root"]);
    }),
  );

  it("drops a file whose bytes are there, and keeps one whose bytes are not wanted", () =>
    inScene({}, async ({ world, folder, source }) => {
      const key = { artifactId: "a", sourceUrl: "x" };
      await world.ingest("hello", key);
      expect(await world.finalize(source)).toMatchObject({ placement: "dedup" });
      await writeFile(source, "other");
      expect(await world.finalize(source, key)).toMatchObject({ outcome: "kept", placement: "none" });
      expect(await readdir(folder)).toEqual(["download.tmp", "root"]);
    }));

  it("moves as a variant, too", () =>
    inScene({}, async ({ world, folder, source }) => {
      const key = { artifactId: "a", sourceUrl: "x" };
      await world.ingest("one", key);
      expect(await world.finalize(source, key, { onChange: "variant" })).toMatchObject({ outcome: "variant" });
      expect(await modeOf(`${folder}/root/${HELLO_KEY}`)).toBe(0o440);
    }));

  it("leaves the mode of a file alone under policy_path", () =>
    inScene({ layout: "policy_path" }, async ({ world, folder, source }) => {
      await world.finalize(source);
      expect(await modeOf(`${folder}/root/unpaywall/work-1/work-1.txt`)).toBe(0o640);
    }));

  it("needs a hash for nothing but the hash", () =>
    inScene({ computeSha256: false }, async ({ world, source }) => {
      expect(await world.finalize(source)).toMatchObject({ record: { sha256: null, bytes: 5 } });
      expect(await world.files()).toEqual({ "unpaywall/work-1/work-1.txt": "hello" });
    }));
});

describe("finalize of a file that is a blob", () => {
  it("keeps the name under which it is stored", () =>
    inScene({ pathTemplate: "{basename}", layout: "policy_path" }, async ({ world, folder }) => {
      await world.ingest("hello", { basename: "a" });
      expect(await world.finalize(`${folder}/root/a`, { basename: "a" })).toMatchObject({ placement: "dedup" });
      expect(await world.finalize(`${folder}/root/a`, { basename: "b" })).toMatchObject({ placement: "linked" });
      expect(Object.keys(await world.files())).toEqual(["a", "b"]);
    }));

  it("keeps it without a catalog, too, as nobody can tell", () =>
    inScene({ sql: "none" }, async ({ world, folder, source }) => {
      await mkdir(`${folder}/root`, { recursive: true });
      await writeFile(`${folder}/root/theirs`, "hello");
      await world.finalize(`${folder}/root/theirs`);
      expect(Object.keys(await world.files()).sort()).toEqual([HELLO_KEY, "theirs"]);
      await world.finalize(source);
      expect(await readdir(folder)).toEqual(["root"]);
    }));
});

describe("finalize refuses", () => {
  it.each([
    ["a file that is not there", "NOT_FOUND", async () => {}],
    ["a folder", "REFUSED", (path: string) => mkdir(path)],
    ["a symlink", "REFUSED", (path: string, source: string) => symlink(source, path)],
  ])("%s", (_what, code, make) =>
    inScene({}, async ({ world, folder, source }) => {
      await make(`${folder}/odd`, source);
      await expect(world.finalize(`${folder}/odd`)).rejects.toMatchObject({ code });
      expect(await world.files()).toEqual({});
    }),
  );

  it("a special file, and one that cannot be looked at", async () => {
    const stat = { kind: "other", sizeBytes: 0, modifiedMs: 0, identity: "x", links: 1, mode: 0 } as const;
    const special = await openWorld({ fs: changed(createMemoryFileSystem(), { lstat: async () => stat }) });
    await expect(special.finalize("/device")).rejects.toThrow("it is a special file");
    const denied = await openWorld({ fs: changed(createMemoryFileSystem(), { lstat: () => reject("EACCES") }) });
    await expect(denied.finalize("/x")).rejects.toMatchObject({ code: "PERMISSION" });
  });

  it("a relative path, another transfer, and an abort before it begins", async () => {
    const world = await openWorld();
    await expect(world.finalize("relative")).rejects.toThrow(TypeError);
    await expect(world.finalize("/a", {}, { transfer: "borrow" as "move" })).rejects.toThrow(
      "expected one of move, copy, hardlink",
    );
    await expect(world.finalize("/a", {}, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
  });

  it("a file that changes while it is hashed", async () => {
    for (const links of [true, false]) {
      const fs = createMemoryFileSystem();
      await writeInto(fs, "/in.txt", "hello");
      const racing = changed(links ? fs : lacking(fs, "hardlink"), {
        open: async (path, mode, createMode) => {
          const handle = await fs.open(path, mode, createMode);
          if (mode !== "read") return handle;
          const read = handle.read.bind(handle);
          let grown = false;
          return Object.assign(handle, {
            read: async (target: Uint8Array, position: number) => {
              if (!grown) await appendTo(fs, "/in.txt", "!");
              grown = true;
              return read(target, position);
            },
          });
        },
      });
      const world = await openWorld({ fs: racing, layout: "cas" });
      const error = await world.finalize("/in.txt").catch((caught: unknown) => caught);
      expect(["CONFLICT", "SIZE_MISMATCH"]).toContain((error as { code: string }).code);
      expect(await world.files()).toEqual({});
      expect((await fs.stat("/in.txt"))?.links).toBe(1);
    }
  });

  it("a file that is written to after it was hashed: it goes to quarantine", () =>
    inScene({}, async ({ folder, source }) => {
      const racing = changed(node, {
        link: async (from, to) => {
          if (to.includes("/cas/")) {
            await writeFile(source, "jello");
            await utimes(source, 1, 1);
          }
          await node.link(from, to);
        },
      });
      const world = await openWorld({ fs: racing, rootDir: `${folder}/root`, layout: "cas" });
      await expect(world.finalize(source)).rejects.toMatchObject({ code: "INTEGRITY" });
      expect(await world.rows()).toEqual([]);
      expect(Object.keys(await world.files()).filter((name) => !name.startsWith(".quarantine/"))).toEqual([]);
      expect(await readFile(source, "utf8")).toBe("jello");
      expect(world.counts).toEqual(["contentdownload_verify_failures_total hash_mismatch"]);
    }));

  it("other bytes than expected, and leaves the file", () =>
    inScene({}, async ({ world, folder, source }) => {
      await expect(world.finalize(source, { expectedBytes: 4 })).rejects.toMatchObject({ code: "SIZE_MISMATCH" });
      await expect(world.finalize(source, { expectedSha256: "0".repeat(64) })).rejects.toMatchObject({
        code: "INTEGRITY",
      });
      expect(await world.files()).toEqual({});
      expect(await readdir(folder)).toEqual(["download.tmp", "root"]);
    }));
});

describe("finalize and the name it drops", () => {
  it("leaves a file that somebody else put there, and says what it could not remove", () =>
    inScene({}, async ({ folder, source }) => {
      let looksLeft = Number.POSITIVE_INFINITY;
      const racing = changed(node, {
        rename: async (from, to) => {
          if (from === source) await reject("EACCES");
          await node.rename(from, to);
        },
        lstat: async (path) => {
          const stat = await node.lstat(path);
          return path === source && looksLeft-- <= 0 && stat ? { ...stat, identity: "another" } : stat;
        },
      });
      const world = await openWorld({ fs: racing, rootDir: `${folder}/root`, layout: "cas" });
      expect(await world.finalize(source)).toMatchObject({
        outcome: "created",
        sourceKept: "cannot be removed: access is denied",
      });
      looksLeft = 2;
      expect(await world.finalize(source)).toMatchObject({
        placement: "dedup",
        sourceKept: "is another file by now",
      });
      expect(await readFile(source, "utf8")).toBe("hello");
      expect(world.logs).toEqual([]);
    }));
});

function refuseFrom(fs: FileSystem, name: string, code: string): FileSystem["link"] {
  return (from, to) => (from.endsWith(name) ? reject(code) : fs.link(from, to));
}

function reject(code: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(code), { code }));
}

async function writeInto(fs: FileSystem, path: string, text: string): Promise<void> {
  const handle = await fs.open(path, "create");
  await handle.write(new TextEncoder().encode(text));
  await handle.close();
}

async function appendTo(fs: FileSystem, path: string, text: string): Promise<void> {
  const handle = await fs.open(path, "append");
  await handle.write(new TextEncoder().encode(text));
  await handle.close();
}

import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import type { BlobStore, StagedBlob, StageOptions } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { evidenceFor } from "../../../src/testing/blob-store/place.ts";
import { describeWith } from "../../components.ts";
import { changed, inFolder, openStore } from "./_store-world.ts";

const node = createNodeFileSystem();
const KEY = parseBlobKey("some/blob");
const NOBODY = 65534;
const umask = process.umask();

afterEach(() => void process.umask(umask));

async function stage(store: BlobStore, options?: StageOptions): Promise<StagedBlob> {
  const writer = await store.stage(options);
  await writer.write(new TextEncoder().encode("bytes"));
  return writer.finish();
}

const modeOf = (path: string): number => lstatSync(path).mode & 0o777;

const MODES = [0o600, 0o640, 0o644, 0o660, 0o666, 0o400, 0o444, 0o604, 0o755];
const UMASKS = [0, 0o002, 0o022, 0o027, 0o077];
const TABLE = MODES.flatMap((mode) => UMASKS.map((mask) => [mode.toString(8), mask.toString(8)] as const));

describe("a blob has no more readers than its source had and the umask allows", () => {
  it.each(TABLE)("mode %s, umask %s", (modeText, maskText) =>
    inFolder(async (folder) => {
      const [mode, mask] = [Number.parseInt(modeText, 8), Number.parseInt(maskText, 8)];
      process.umask(mask);
      for (const readOnly of [false, true]) {
        for (const fs of [node, changed(node, { capabilities: { ...node.capabilities, access: false } })]) {
          const root = join(folder, `root-${readOnly}-${fs.capabilities.access}`);
          const store = await openStore(fs, root);
          await store.place(await stage(store, { readOnly, mode }), KEY, { readOnly });
          const found = modeOf(join(root, KEY));
          expect(found & 0o044 & ~(mode & ~mask), "readers").toBe(0);
          expect(found & (readOnly ? 0o333 : 0o111), "writers").toBe(0);
          expect(found & 0o400, "its owner").toBe(0o400);
          // Placed otherwise than it was staged for.
          await store.place(await stage(store, { mode }), parseBlobKey("late"), { readOnly: true });
          expect(modeOf(join(root, "late")) & ~(0o444 & (mode | 0o400) & ~(mask & 0o077))).toBe(0);
        }
      }
    }),
  );

  it.each(MODES.map((mode) => [mode.toString(8), mode] as const))("is cloned from mode %s", async (_, mode) => {
    const fs = createMemoryFileSystem({ clone: true });
    const handle = await fs.open("/source", "create");
    await handle.write(new TextEncoder().encode("bytes"));
    await handle.setAccess({ mode });
    // The memory's umask is 022, which a clone of the machine knows nothing of.
    const naive = changed(fs, {
      clone: async (existing, path) => {
        await fs.clone(existing, path);
        await fs.setMode(path, (await fs.stat(existing))?.mode ?? 0);
      },
    });
    const store = await openStore(naive);
    const staged = await store.adopt("/source", "clone");
    expect(staged).toMatchObject({ shared: false, mode: (mode | 0o600) & 0o644 & (mode | 0o600) & mode });
    if (staged) await store.place(staged, KEY);
    expect((await fs.stat("/source"))?.mode).toBe(mode);
    expect((await store.share(KEY, parseBlobKey("again"), { mode: 0o640 })) === "cloned").toBe(true);
    expect(((await fs.stat("/root/again"))?.mode ?? 0) & 0o044 & ~(mode & 0o640)).toBe(0);
    const names: string[] = [];
    for await (const page of fs.list("/root/.staging")) names.push(...page.map(({ name }) => name));
    expect(names).toHaveLength(1);
  });

  it("takes from a file that came by its second name the permission to write, and gives none", () =>
    inFolder(async (folder) => {
      for (const mode of MODES) {
        const store = await openStore(node, join(folder, mode.toString(8)));
        writeFileSync(join(folder, "source"), "bytes");
        chmodSync(join(folder, "source"), mode);
        const staged = await store.adopt(join(folder, "source"), "link");
        if (staged) await store.place(staged, KEY, { readOnly: true });
        if (staged) await store.dropStaged(staged);
        await node.unlink(join(folder, "source"));
        await store.protect(KEY);
        expect(modeOf(join(store.root, KEY))).toBe(mode & 0o444);
      }
    }));
});

describe("quarantine", () => {
  it("is read by nobody who could not read the blob", () =>
    inFolder(async (folder) => {
      for (const fs of [node, changed(node, { link: () => Promise.reject(posix("EPERM")) })]) {
        const root = join(folder, fs === node ? "linked" : "copied");
        const store = await openStore(fs, root);
        await store.place(await stage(store, { mode: 0o600 }), KEY);
        const found = await store.stat(KEY);
        const evidence = evidenceFor(store);
        if (found) await store.replace(await stage(store), KEY, { found, evidence });
        const kept = readdirSync(join(root, ".quarantine"), { recursive: true, encoding: "utf8" });
        const modes = kept.map((name) => lstatSync(join(root, ".quarantine", name))).filter((stat) => stat.isFile());
        expect(modes.map((stat) => stat.mode & 0o777)).toEqual([0o600, 0o600]);
      }
    }));
});

const posix = (code: string): Error => Object.assign(new Error(code), { code });

/** All that is below a folder, with whom it belongs to. */
function ownersBelow(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    names.map((name) => {
      const { uid, gid } = lstatSync(join(folder, name));
      return [name.replaceAll(/[0-9a-f]{32}[^/]*/g, "*"), `${uid}:${gid}`];
    }),
  );
}

describeWith("root", "what root stores", () => {
  async function fill(fs: FileSystem, root: string): Promise<BlobStore> {
    const store = await openStore(fs, root);
    await store.place(await stage(store), KEY);
    await store.place(await stage(store, { readOnly: true, mode: 0o600 }), parseBlobKey("cas/ab/cd"), {
      readOnly: true,
    });
    await stage(store);
    const evidence = evidenceFor(store);
    const found = await store.stat(KEY);
    if (found === undefined) throw new Error("there is nothing to set aside");
    await store.setAside(KEY, { found, evidence });
    return store;
  }

  it("belongs to whom the root belongs", () =>
    inFolder(async (folder) => {
      const root = join(folder, "root");
      mkdirSync(root);
      chownSync(root, NOBODY, 4321);
      await fill(node, root);
      const owners = ownersBelow(root);
      expect(Object.keys(owners)).toContain(".quarantine/*/evidence.json");
      expect(Object.keys(owners)).toContain("cas/ab/cd");
      expect(new Set(Object.values(owners))).toEqual(new Set([`${NOBODY}:4321`]));
    }));
});

import { lstatSync, mkdirSync, readdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import type { BlobStore, StagedBlob } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { evidenceFor } from "../../../src/testing/blob-store/place.ts";
import { inFolder, openStore } from "./_store-world.ts";

const node = createNodeFileSystem();
const [KEY, OTHER, FIRST] = ["some/blob", "some/other", "first"].map(parseBlobKey) as [never, never, never];

/** What somebody else does with a folder of the root just when a file is to get its name there. */
interface Swap {
  readonly folder: string;
  readonly outside: string;
  /** Whether the folder comes back as soon as the name was given. */
  readonly comesBack: boolean;
  /** Without it nothing happens. */
  armed: boolean;
}

function swapIn({ folder, outside }: Swap): void {
  renameSync(folder, `${folder}-away`);
  symlinkSync(outside, folder);
}

function swapBack({ folder }: Swap): void {
  unlinkSync(folder);
  renameSync(`${folder}-away`, folder);
}

function swapping(swap: Swap, links: boolean): FileSystem {
  const around = async <Result>(isMeant: boolean, work: () => Promise<Result>): Promise<Result> => {
    if (!swap.armed || !isMeant) return work();
    swap.armed = false;
    swapIn(swap);
    try {
      return await work();
    } finally {
      if (swap.comesBack) swapBack(swap);
    }
  };
  const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error("EPERM"), { code: "EPERM" }));
  const isIn = (path: string): boolean => path.startsWith(`${swap.folder}/`);
  const calls: Partial<FileSystem> = {
    link: (from, to) => (links ? around(isIn(to), () => node.link(from, to)) : refuse()),
    rename: (from, to) => around(isIn(to), () => node.rename(from, to)),
    open: (path, mode, createMode) => around(mode === "create" && isIn(path), () => node.open(path, mode, createMode)),
    clone: refuse,
  };
  return new Proxy(node, {
    get: (target, name) => {
      const found: unknown = Reflect.get(name in calls ? calls : target, name);
      return typeof found === "function" ? found.bind(name in calls ? calls : target) : found;
    },
  });
}

async function stage(store: BlobStore): Promise<StagedBlob> {
  const writer = await store.stage();
  await writer.write(new TextEncoder().encode("bytes"));
  return writer.finish();
}

const WAYS: Readonly<Record<string, (store: BlobStore, staged: StagedBlob) => Promise<unknown>>> = {
  place: (store, staged) => store.place(staged, KEY),
  share: (store) => store.share(FIRST, KEY),
  replace: async (store, staged) => {
    const found = await store.stat(OTHER);
    if (found === undefined) throw new Error("there is nothing to replace");
    const evidence = evidenceFor(store);
    return store.replace(staged, OTHER, { found, evidence });
  },
};

const CASES = Object.keys(WAYS).flatMap((way) =>
  [true, false].flatMap((links) => [true, false].map((comesBack) => [way, { links, comesBack }] as const)),
);

describe("a folder that is swapped for a symlink while a file gets its name in it", () => {
  it.each(CASES.filter(([way, { links }]) => links || way === "place"))(
    "is seen by %s, %o",
    (way, { links, comesBack }) =>
      inFolder(async (folder) => {
        const [root, outside] = [join(folder, "root"), join(folder, "outside")];
        mkdirSync(outside);
        writeFileSync(join(outside, "theirs"), "theirs");
        const swap: Swap = { folder: join(root, "some"), outside, comesBack, armed: false };
        const store = await openStore(swapping(swap, links), root);
        await store.place(await stage(store), OTHER);
        await store.place(await stage(store), FIRST);
        const staged = await stage(store);
        swap.armed = true;
        if (!links && comesBack) {
          // Only what held the name went elsewhere; the bytes came after the folder was back.
          expect(await WAYS[way]?.(store, staged)).toBe(true);
          expect((await store.stat(KEY))?.sizeBytes).toBe(5);
          return;
        }
        await expect(WAYS[way]?.(store, staged)).rejects.toMatchObject({ code: "REFUSED", details: { guard: "root" } });
        // What is out of sight by then, or has no other name by which to know it, stays and is named where that can be.
        const left = readdirSync(outside).sort();
        if (!comesBack && links) expect(left).toEqual(["theirs"]);
        else expect(left).toContain("theirs");
      }),
  );

  it.each([true, false])("is seen while bytes are staged, %s", (comesBack) =>
    inFolder(async (folder) => {
      const [root, outside] = [join(folder, "root"), join(folder, "outside")];
      mkdirSync(outside);
      const swap: Swap = { folder: join(root, ".staging"), outside, comesBack, armed: false };
      const store = await openStore(swapping(swap, true), root);
      await stage(store);
      swap.armed = true;
      await expect(stage(store)).rejects.toMatchObject({ code: "REFUSED" });
      if (!comesBack) expect(readdirSync(outside)).toEqual([]);
    }),
  );

  it.each([true, false])("is seen while a marker is replaced, %s", (comesBack) =>
    inFolder(async (folder) => {
      const [root, outside] = [join(folder, "root"), join(folder, "outside")];
      mkdirSync(outside);
      const swap: Swap = { folder: join(root, ".content-catalog"), outside, comesBack, armed: false };
      const { markers } = await openStore(swapping(swap, true), root);
      await markers.write("id", new TextEncoder().encode("old"));
      swap.armed = true;
      const writing = markers.write("id", new TextEncoder().encode("new"));
      await expect(writing).rejects.toMatchObject({ code: "REFUSED", details: { guard: "root" } });
    }),
  );

  it("is not suspected where many replace one marker at once", () =>
    inFolder(async (folder) => {
      const root = join(folder, "root");
      const stores = await Promise.all(Array.from({ length: 8 }, () => openStore(node, root)));
      for (let round = 0; round < 20; round++) {
        const text = new TextEncoder().encode(`round ${round}`);
        await Promise.all(stores.map(({ markers }) => markers.write("id", text)));
        expect(await stores[0]?.markers.read("id")).toEqual({ name: "id", bytes: text });
      }
    }));

  it("does not matter where the file system writes names in its own way", () =>
    inFolder(async (folder) => {
      const root = join(folder, "root");
      const shouting = new Proxy(node, {
        get: (target, name) => {
          const found: unknown = Reflect.get(target, name);
          if (name !== "realPath") return typeof found === "function" ? found.bind(target) : found;
          return async (path: string) => root + (await target.realPath(path)).slice(root.length).toUpperCase();
        },
      });
      mkdirSync(root);
      const store = await openStore(shouting, root);
      expect(await store.place(await stage(store), KEY)).toBe(true);
      expect(lstatSync(join(root, KEY)).isFile()).toBe(true);
    }));
});

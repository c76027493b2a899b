import { link, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { PLACEHOLDER_BYTES } from "../../../src/adapters/blob/_placeholders.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { type BlobKey, parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import type { BlobStore, TakenBlob } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { evidenceFor } from "../../../src/testing/blob-store/place.ts";
import type { FaultPlan } from "../../../src/testing/fault-plan.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { inFolder, lacking, openStore } from "./_store-world.ts";

const KEY = parseBlobKey("papers/one/a.pdf");
const node = createNodeFileSystem();

async function put(store: BlobStore, text: string, key: BlobKey = KEY): Promise<void> {
  const writer = await store.stage();
  await writer.write(new TextEncoder().encode(text));
  const staged = await writer.finish();
  expect(await store.place(staged, key)).toBe(true);
  await store.dropStaged(staged);
}

async function write(fs: FileSystem, path: string, text: string): Promise<void> {
  const handle = await fs.open(path, "create");
  await handle.write(new TextEncoder().encode(text));
  await handle.close();
}

async function take(store: BlobStore, keepName: boolean): Promise<TakenBlob | undefined> {
  const found = await store.stat(KEY);
  return found && store.take(KEY, { found, run: store.newRun(), keepName });
}

async function listTaken(store: BlobStore): Promise<readonly TakenBlob[]> {
  const taken: TakenBlob[] = [];
  for await (const page of store.listTaken()) taken.push(...page);
  return taken;
}

async function read(store: BlobStore, key: BlobKey = KEY): Promise<string | undefined> {
  const stream = await store.open(key);
  return stream && new Response(stream).text();
}

/** The texts of all files below a folder. */
async function textsBelow(fs: FileSystem, folder = "/root"): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const page of fs.list(folder)) {
    for (const { name, kind } of page) {
      if (kind === "directory") texts.push(...(await textsBelow(fs, `${folder}/${name}`)));
      else texts.push(new TextDecoder().decode(await fs.readFile(`${folder}/${name}`)));
    }
  }
  return texts;
}

/** What a collector that comes later does with what one left. */
async function settle(store: BlobStore): Promise<void> {
  for (const taken of await listTaken(store))
    if ((await store.giveBack(taken)) === "taken") await store.keepTaken(taken);
}

type Way = (store: BlobStore) => Promise<unknown>;

const WAYS: Readonly<Record<string, Way>> = {
  take: (store) => take(store, true),
  "take without keeping the name": (store) => take(store, false),
  giveBack: async (store) => store.giveBack(await got(take(store, true))),
  "giveBack to a free name": async (store) => store.giveBack(await got(take(store, false))),
  keepTaken: async (store) => store.keepTaken(await got(take(store, true))),
  "keepTaken while others have the name": async (store) => {
    const taken = await got(take(store, false));
    await put(store, "other");
    return store.keepTaken(taken);
  },
  setAside: async (store) => {
    const found = await got(store.stat(KEY));
    const evidence = evidenceFor(store);
    return store.setAside(KEY, { found, evidence });
  },
};

async function got<Value>(value: Promise<Value | undefined>): Promise<Value> {
  const there = await value;
  if (there === undefined) throw new Error("nothing is there");
  return there;
}

const DEVICES = { links: (fs: FileSystem) => fs, "no links": (fs: FileSystem) => lacking(fs, "hardlink") };

/** Tries `way` with a plan that strikes each call in turn, and looks at what is left each time. */
async function tryEachCall(
  { way, device, plan }: { way: Way | undefined; device: keyof typeof DEVICES; plan: (files: FileSystem) => FaultPlan },
  look: (files: FileSystem, at: number) => Promise<void>,
): Promise<number> {
  for (let failAt = 1; ; failAt += 1) {
    const files = createMemoryFileSystem();
    await put(await openStore(DEVICES[device](files)), "bytes");
    const fs = createFaultyFileSystem(DEVICES[device](files), { ...plan(files), failAt });
    await openStore(fs)
      .then(way)
      .catch(() => undefined);
    await look(files, failAt);
    if (fs.faults === 0) return failAt - 1;
  }
}

const CASES = Object.keys(WAYS).flatMap((way) =>
  (["links", "no links"] as const).map((device) => [way, device] as const),
);

describe.each(CASES)("%s on a device with %s", (way, device) => {
  it.each(
    (["once", "forever"] as const).flatMap((repeat) =>
      (["before", "after", "torn"] as const).map((effect) => [repeat, effect] as const),
    ),
  )("loses nothing when a call fails %s, %s", async (repeat, effect) => {
    const tried = await tryEachCall({ way: WAYS[way], device, plan: () => ({ repeat, effect }) }, async (files, at) => {
      expect(await textsBelow(files), `call ${at}`).toContain("bytes");
      const next = await openStore(DEVICES[device](files));
      await settle(next);
      expect(
        (await textsBelow(files)).filter((text) => text === "bytes"),
        `after settling ${at}`,
      ).toHaveLength(1);
      expect((await listTaken(next)).every(({ kept }) => kept)).toBe(true);
      // The name is free, or has its bytes again; nothing keeps it for nobody.
      expect(await next.isKept(KEY)).toBe(false);
    });
    expect(tried).toBeGreaterThan(10);
  });

  it("loses nothing when somebody puts other bytes there between two calls", async () => {
    const path = `/root/${KEY}`;
    const tried = await tryEachCall(
      {
        way: WAYS[way],
        device,
        plan: (files) => ({
          effect: "change",
          change: async () => {
            const there = await files.lstat(path);
            if (there !== undefined && there.sizeBytes !== 5) return;
            if (there !== undefined) await files.rename(path, "/root/elsewhere");
            await write(files, path, "theirs");
          },
        }),
      },
      async (files, at) => {
        const texts = await textsBelow(files);
        expect(texts, `call ${at}`).toContain("bytes");
        const next = await openStore(DEVICES[device](files));
        await settle(next);
        const after = await textsBelow(files);
        expect(
          after.filter((text) => text === "bytes"),
          `call ${at}`,
        ).toHaveLength(1);
        expect(after.includes("theirs"), `call ${at}`).toBe(texts.includes("theirs"));
      },
    );
    expect(tried).toBeGreaterThan(10);
  });
});

describe("giveBack under another name", () => {
  const other = parseBlobKey("papers/two/b.pdf");
  const way: Way = async (store) => store.giveBack(await got(take(store, true)), { to: other });

  it.each(
    (["links", "no links"] as const).flatMap((device) =>
      (["before", "after"] as const).map((effect) => [device, effect] as const),
    ),
  )("loses nothing and keeps no name for nothing on a device with %s when a call fails %s", async (device, effect) => {
    const tried = await tryEachCall({ way, device, plan: () => ({ effect }) }, async (files, at) => {
      expect(await textsBelow(files), `call ${at}`).toContain("bytes");
      const next = await openStore(DEVICES[device](files));
      await settle(next);
      expect([await next.isKept(KEY), await next.isKept(other)], `call ${at}`).toEqual([false, false]);
      const left = await listTaken(next);
      // An empty file, left where names are taken with one, may have its name.
      expect(left.every(({ kept }) => kept)).toBe(true);
      const stats = [await next.stat(KEY), await next.stat(other), left[0]?.stat].filter(
        (stat) => stat?.sizeBytes === 5,
      );
      // Between the two names it may have both.
      expect(new Set(stats.map((stat) => stat?.identity)).size, `call ${at}`).toBe(1);
    });
    expect(tried).toBeGreaterThan(10);
  });

  it.each(["links", "no links"] as const)("leaves alone what comes there between two calls, %s", async (device) => {
    const change = (files: FileSystem) => async (): Promise<void> => {
      const path = `/root/${other}`;
      if ((await files.stat("/root/papers/two")) === undefined) await files.makeDirectory("/root/papers/two");
      if ((await files.stat(path)) === undefined) await write(files, path, "theirs");
    };
    await tryEachCall(
      { way, device, plan: (files) => ({ effect: "change", change: change(files) }) },
      async (files, at) => {
        const came = (await textsBelow(files)).includes("theirs");
        await settle(await openStore(DEVICES[device](files)));
        const texts = await textsBelow(files);
        expect(texts, `call ${at}`).toContain("bytes");
        expect(texts.includes("theirs"), `call ${at}`).toBe(came);
      },
    );
  });
});

describe("a placeholder", () => {
  it("says in one line which run keeps the name, and stands there alone", () =>
    inFolder(async (folder) => {
      const store = await openStore(node, folder);
      await put(store, "bytes");
      const taken = await got(take(store, true));
      const text = await readFile(`${folder}/${KEY}`, "utf8");
      expect(text).toMatch(new RegExp(`^content-catalog: this name is kept by the run ${taken.run} *\n$`));
      expect(text).toHaveLength(PLACEHOLDER_BYTES);
      expect(await readFile(`${folder}/.trash/${taken.run}/${KEY}`, "utf8")).toBe("bytes");
      expect(await readdir(`${folder}/.staging`)).toEqual([]);
      await store.giveBack(taken);
      expect(await readdir(`${folder}/.trash`)).toEqual([]);
    }));

  it("is content as soon as its run has nothing in the trash", async () => {
    const fs = createMemoryFileSystem();
    const store = await openStore(fs);
    await put(store, "bytes");
    const taken = await got(take(store, true));
    const said = new TextDecoder().decode(await fs.readFile(`/root/${KEY}`));
    await store.giveBack(taken);
    const other = parseBlobKey("other");
    await put(store, said, other);
    expect([await store.isKept(other), await read(store, other)]).toEqual([false, said]);
  });

  it.each([
    ["of other words", " ".repeat(PLACEHOLDER_BYTES)],
    ["of no run", `${"content-catalog: this name is kept by the run nobody".padEnd(PLACEHOLDER_BYTES - 1)}\n`],
  ])("is none if it is a file %s", async (_what, text) => {
    const store = await openStore(createMemoryFileSystem());
    await put(store, text);
    expect([await store.isKept(KEY), await read(store, KEY)]).toEqual([false, text]);
  });

  it("is none for whoever may not read it", async () => {
    const fs = createMemoryFileSystem();
    await put(await openStore(fs), "x".repeat(PLACEHOLDER_BYTES));
    const denied = await openStore(createFaultyFileSystem(fs, { failAt: 1, operations: ["readFile"], code: "EACCES" }));
    expect((await denied.stat(KEY))?.sizeBytes).toBe(PLACEHOLDER_BYTES);
    const broken = await openStore(createFaultyFileSystem(fs, { failAt: 1, operations: ["readFile"] }));
    await expect(broken.stat(KEY)).rejects.toMatchObject({ code: "BACKEND" });
  });
});

describe("the trash", () => {
  it("tells what is of runs from what is not", () =>
    inFolder(async (folder) => {
      const store = await openStore(node, folder);
      await put(store, "bytes");
      const { run } = await got(take(store, false));
      await mkdir(`${folder}/.trash/not-a-run`);
      await writeFile(`${folder}/.trash/not-a-run/file`, "");
      await writeFile(`${folder}/.trash/file`, "");
      await symlink("file", `${folder}/.trash/${run}/link`);
      expect((await listTaken(store)).map(({ key }) => key)).toEqual([KEY]);
    }));

  it("finds a blob that has its name back already, as after a crash", () =>
    inFolder(async (folder) => {
      const store = await openStore(node, folder);
      await put(store, "bytes");
      const taken = await got(take(store, false));
      await link(`${folder}/${taken.at}`, `${folder}/${KEY}`);
      expect(await store.giveBack(taken)).toBe("back");
      expect([await read(store), await listTaken(store)]).toEqual(["bytes", []]);
    }));

  it("gives a folder its name back that came there at the last moment", async () => {
    const files = createMemoryFileSystem();
    await put(await openStore(files), "bytes");
    const change = async (): Promise<void> => {
      await files.rename(`/root/${KEY}`, "/root/elsewhere");
      await files.makeDirectory(`/root/${KEY}`);
    };
    const store = await openStore(
      createFaultyFileSystem(files, { failAt: 1, operations: ["rename"], effect: "change", change }),
    );
    expect(await take(store, false)).toBeUndefined();
    expect((await files.stat(`/root/${KEY}`))?.kind).toBe("directory");
  });

  it("is refused where a symlink stands in its place", () =>
    inFolder(async (folder) => {
      await mkdir(`${folder}/outside`);
      const store = await openStore(node, `${folder}/root`);
      await put(store, "bytes");
      await symlink(`${folder}/outside`, `${folder}/root/.trash`);
      await expect(take(store, true)).rejects.toMatchObject({ code: "REFUSED" });
      await expect(listTaken(store)).rejects.toMatchObject({ code: "REFUSED" });
      expect([await read(store), await readdir(`${folder}/outside`)]).toEqual(["bytes", []]);
    }));
});

it("makes one quarantine copy of a blob that two find damaged, and no more folders", async () => {
  const fs = createMemoryFileSystem();
  const stores = [await openStore(fs), await openStore(fs)];
  const [one] = stores;
  if (one === undefined) throw new Error("there is no store");
  await put(one, "bad");
  const found = await got(one.stat(KEY));
  const evidence = evidenceFor(one);
  const results = await Promise.all(
    stores.map(async (store) => {
      const writer = await store.stage();
      await writer.write(new TextEncoder().encode("whole"));
      return store.replace(await writer.finish(), KEY, { found, evidence });
    }),
  );
  expect(results.filter((result) => result !== "changed")).toHaveLength(1);
  expect((await textsBelow(fs, "/root/.quarantine")).filter((text) => text === "bad")).toHaveLength(1);
  expect(await textsBelow(fs, "/root/.quarantine")).toHaveLength(2);
});

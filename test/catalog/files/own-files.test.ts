import { link, mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { isOfCatalogInUse } from "../../../src/catalog/files/catalog-in-use.ts";
import { createOwnFiles } from "../../../src/catalog/files/own-files.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import { resolveSettings, settingsFromOptions } from "../../../src/core/settings.ts";
import { openCatalog, openNodeCatalog } from "../../../src/hosts/node.ts";
import { changed, inFolder } from "../../adapters/blob/_store-world.ts";
import { openWorld } from "../ingest/_ingest-world.ts";

const node = createNodeFileSystem();
const KEY = { artifactId: "a", sourceUrl: "https://example.org/a", resolver: "r" };

interface Scene {
  readonly folder: string;
  readonly catalog: Catalog;
}

/** A catalog at `c.sqlite` with a log, a file that it stored, and a root beside it. */
async function inScene(work: (scene: Scene) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const catalog = await openCatalog({
      catalog: { path: `${folder}/c.sqlite`, checkpointOnClose: "never" },
      storage: { rootDir: `${folder}/root` },
    });
    try {
      await catalog.ingest(new TextEncoder().encode("hello"), KEY);
      await work({ folder, catalog });
    } finally {
      await catalog.close();
    }
  });
}

const NAMES: Readonly<Record<string, (folder: string) => Promise<string>>> = {
  "the snapshot": async (folder) => `${folder}/c.sqlite`,
  "the log": async (folder) => `${folder}/c.sqlite.oplog`,
  "a kept file": async (folder) => {
    await writeFile(`${folder}/c.sqlite.kept-1`, "kept");
    return `${folder}/c.sqlite.kept-1`;
  },
  "a file of a private directory": async (folder) => {
    const path = `${folder}/c.sqlite.${"0".repeat(32)}.d`;
    await mkdir(path);
    await writeFile(`${path}/x`, "x");
    return `${path}/x`;
  },
  "another name of the snapshot": async (folder) => {
    await link(`${folder}/c.sqlite`, `${folder}/other.bin`);
    return `${folder}/other.bin`;
  },
  "another name of the log": async (folder) => {
    await link(`${folder}/c.sqlite.oplog`, `${folder}/other.bin`);
    return `${folder}/other.bin`;
  },
  "another name of a kept file": async (folder) => {
    await writeFile(`${folder}/c.sqlite.kept-1`, "kept");
    await link(`${folder}/c.sqlite.kept-1`, `${folder}/other.bin`);
    return `${folder}/other.bin`;
  },
  "a path through a symlink": async (folder) => {
    await symlink(folder, `${folder}/here`);
    return `${folder}/here/c.sqlite`;
  },
};

const WAYS: Readonly<Record<string, (scene: Scene, path: string) => Promise<unknown>>> = {
  finalize: ({ catalog }, path) => catalog.finalize(path, KEY).catch((error: unknown) => error),
  "finalize, copy": ({ catalog }, path) =>
    catalog.finalize(path, KEY, { transfer: "copy" }).catch((error: unknown) => error),
  ...Object.fromEntries(
    (["move", "copy", "hardlink", "none"] as const).map((into) => [
      `add, ${into}`,
      async ({ catalog }: Scene, path: string) => {
        const kinds: string[] = [];
        await catalog.add([{ path }], { into, onFinding: ({ kind }) => kinds.push(kind) });
        return { code: kinds.join() === "refused" ? "REFUSED" : kinds };
      },
    ]),
  ),
  ...Object.fromEntries(
    (["move", "copy", "hardlink", undefined, "trusted"] as const).map((how) => [
      `import, ${how ?? "where it lies"}`,
      async ({ folder, catalog }: Scene, path: string) => {
        await writeFile(`${folder}/m.jsonl`, JSON.stringify({ id: "b", url: "u", path, bytes: 1 }));
        const into = how === "trusted" ? undefined : how;
        const kinds: string[] = [];
        const onFinding = ({ kind }: { kind: string }): void => void kinds.push(kind);
        const hash = how === "trusted" ? "none" : "all";
        await catalog.importManifest({ path: `${folder}/m.jsonl` }, { ...(into ? { into } : { hash }), onFinding });
        // Where no file is touched the name is all that can be judged.
        const isHidden = how === "trusted" && /other|here/.test(path);
        return { code: isHidden || kinds.join() === "own" ? "REFUSED" : kinds };
      },
    ]),
  ),
};

const CASES = Object.keys(WAYS).flatMap((way) => Object.keys(NAMES).map((name) => ({ way, name })));

describe("a file of the catalog itself", () => {
  it.each(CASES)("is no content: $name, by $way", ({ way, name }) =>
    inScene(async (scene) => {
      const path = (await NAMES[name]?.(scene.folder)) ?? "";
      expect(await WAYS[way]?.(scene, path)).toMatchObject({ code: "REFUSED" });
      expect(await node.lstat(path)).toBeDefined();
      expect((await scene.catalog.stats()).documents).toBe(
        way === "import, trusted" && /other|here/.test(path) ? 2 : 1,
      );
    }),
  );

  it("is not registered by its URI", () =>
    inScene(async ({ folder, catalog }) => {
      const { record } = await catalog.registerOrGet({ ...KEY, bytes: 1, storageUri: "file:///elsewhere" });
      for (const name of ["c.sqlite", "c.sqlite.oplog", "root/.quarantine/x"]) {
        const storageUri = `file://${folder}/${name}`;
        const about = { bytes: 1, storageUri };
        await expect(catalog.registerOrGet({ ...KEY, ...about })).rejects.toMatchObject({ code: "REFUSED" });
        await expect(catalog.registerMany([{ ...KEY, ...about }])).rejects.toMatchObject({ code: "REFUSED" });
        await expect(catalog.addVariant(record.id, { variant: "x", ...about })).rejects.toMatchObject({
          code: "REFUSED",
        });
      }
      const odd = { ...KEY, bytes: 1, storageUri: 7 as unknown as string };
      await expect(catalog.registerOrGet(odd)).rejects.toThrow(TypeError);
    }));

  it("leaves what only looks like one, and what a program puts aside", () =>
    inScene(async ({ folder, catalog }) => {
      await writeFile(`${folder}/d.sqlite`, "x".repeat(512));
      await writeFile(`${folder}/d.sqlite.oplog`, "x");
      await writeFile(`${folder}/two`, "two");
      await link(`${folder}/two`, `${folder}/names`);
      for (const name of ["d.sqlite", "d.sqlite.oplog", "two"]) {
        const key = { ...KEY, artifactId: name };
        expect(await catalog.finalize(`${folder}/${name}`, key)).toMatchObject({ outcome: "created" });
      }
    }));
});

describe("a file of another catalog", () => {
  it("is no content while that is in use, and is one afterwards", () =>
    inScene(async ({ folder, catalog }) => {
      await mkdir(`${folder}/other`);
      const path = `${folder}/other/d.sqlite`;
      const open = (mode: "create" | "write"): Promise<Catalog> =>
        openCatalog({ catalog: { path }, storage: { rootDir: `${folder}/other/root` }, mode });
      const other = await open("create");
      await other.registerOrGet({ ...KEY, bytes: 1, storageUri: "file:///x" });
      for (const name of ["d.sqlite", "d.sqlite.oplog"]) {
        const file = `${folder}/other/${name}`;
        await expect(catalog.finalize(file, { ...KEY, artifactId: name })).rejects.toMatchObject({ code: "REFUSED" });
      }
      await mkdir(`${path}.${"0".repeat(32)}.d`);
      await writeFile(`${path}.${"0".repeat(32)}.d/x`, "x");
      await expect(catalog.finalize(`${path}.${"0".repeat(32)}.d/x`, KEY)).rejects.toMatchObject({ code: "REFUSED" });
      await other.checkpoint();
      await other.close();
      await rename(path, `${folder}/other/copy.sqlite`);
      const copy = `${folder}/other/copy.sqlite`;
      expect(await catalog.finalize(copy, { ...KEY, artifactId: "copy" })).toMatchObject({ outcome: "created" });
    }));

  it("is no content when a marker of the root names that catalog", () =>
    inScene(async ({ folder, catalog }) => {
      const path = `${folder}/state.bin`;
      await writeFile(path, "a catalog");
      const marker = `${folder}/root/.content-catalog/${"1".repeat(32)}`;
      await writeFile(marker, JSON.stringify({ id: "1", sequence: 0, path }));
      await writeFile(`${folder}/root/.content-catalog/torn`, "{");
      await expect(catalog.finalize(path, { ...KEY, artifactId: "b" })).rejects.toMatchObject({ code: "REFUSED" });
      await link(marker, `${folder}/marker`);
      await expect(catalog.finalize(`${folder}/marker`, KEY)).rejects.toMatchObject({ code: "REFUSED" });
    }));
});

describe("what keeps the name of a blob that a collector took", () => {
  it("is no content, and the blob is when it is back", () =>
    inFolder(async (folder) => {
      const store = await openFileBlobStore({ fs: node, entropy: webCryptoEntropy, rootDir: `${folder}/root` });
      const catalog = await openCatalog({
        catalog: { path: `${folder}/c.sqlite` },
        storage: { rootDir: `${folder}/root`, layout: "policy_path" },
      });
      await mkdir(`${folder}/root/lib`, { recursive: true });
      await writeFile(`${folder}/root/lib/a.txt`, "hello");
      const key = parseBlobKey("lib/a.txt");
      const found = await store.stat(key);
      const taken = found && (await store.take(key, { found, run: store.newRun(), keepName: true }));
      if (taken === undefined) throw new TypeError("expected a blob that can be taken");
      const findings: string[] = [];
      const onFinding = ({ kind }: { kind: string }): void => void findings.push(kind);
      const path = `${folder}/root/lib/a.txt`;
      await writeFile(`${folder}/m.jsonl`, JSON.stringify({ id: "b", url: "u", path: "root/lib/a.txt" }));
      for (const into of ["copy", "move", "hardlink"] as const) {
        await expect(catalog.finalize(path, KEY, { transfer: into })).rejects.toMatchObject({ code: "REFUSED" });
        await catalog.importManifest({ path: `${folder}/m.jsonl` }, { into, onFinding });
      }
      expect(findings).toEqual(["own", "own", "own"]);
      await store.giveBack(taken);
      expect(await catalog.finalize(path, KEY, { transfer: "copy" })).toMatchObject({ outcome: "created" });
      await catalog.close();
    }));
});

describe("the configuration file in use", () => {
  it("is copied, and never moved, by whatever name", () =>
    inFolder(async (folder) => {
      const configPath = `${folder}/catalog.config.yaml`;
      await writeFile(configPath, "catalog: {}\n");
      await link(configPath, `${folder}/other.yaml`);
      const input = { catalog: { path: `${folder}/c.sqlite` }, storage: { rootDir: `${folder}/root` } };
      const settings = resolveSettings(settingsFromOptions(input), folder);
      const catalog = await openNodeCatalog(settings, "create", { configPath });
      const findings: string[] = [];
      const onFinding = ({ kind }: { kind: string }): void => void findings.push(kind);
      for (const name of ["catalog.config.yaml", "other.yaml"]) {
        await catalog.add([{ path: `${folder}/${name}` }], { into: "move", onFinding });
      }
      expect(findings).toEqual(["refused", "refused"]);
      await mkdir(`${folder}/all`);
      await rename(`${folder}/other.yaml`, `${folder}/all/a`);
      expect(await catalog.add([{ path: configPath }], { into: "copy", onFinding })).toMatchObject({ stored: 1 });
      await writeFile(`${folder}/m.jsonl`, JSON.stringify({ id: "b", url: "u", path: "catalog.config.yaml" }));
      await catalog.importManifest({ path: `${folder}/m.jsonl` }, { into: "move", onFinding });
      expect(findings).toEqual(["refused", "refused", "own"]);
      expect(await node.lstat(configPath)).toBeDefined();
      await catalog.close();
    }));

  it("is left out of a folder that is moved", () =>
    inFolder(async (folder) => {
      await mkdir(`${folder}/all`);
      const configPath = `${folder}/all/catalog.config.yaml`;
      await writeFile(configPath, "catalog: {}\n");
      const input = { catalog: { path: `${folder}/c.sqlite` }, storage: { rootDir: `${folder}/root` } };
      const settings = resolveSettings(settingsFromOptions(input), folder);
      const catalog = await openNodeCatalog(settings, "create", { configPath });
      const summary = await catalog.add([{ path: `${folder}/all` }], { into: "move", recursive: true });
      expect(summary).toMatchObject({ files: 0, own: 1 });
      await catalog.close();
    }));
});

describe("files that cannot be looked at", () => {
  it("are an error of that file", async () => {
    const { context } = await openWorld();
    const broken = changed(context.fs, { list: () => fail("EIO"), realPath: () => Promise.reject(fault("EIO")) });
    const handle = await context.fs.open("/a", "create");
    await handle.close();
    await context.fs.makeDirectory("/root");
    await context.fs.makeDirectory("/root/.content-catalog");
    await expect(createOwnFiles({ ...context, fs: broken })).rejects.toMatchObject({ code: "BACKEND" });
    const hidden = changed(context.fs, { list: () => fail("EACCES") });
    const own = await createOwnFiles({ ...context, fs: hidden });
    const stat = await context.fs.lstat("/a");
    if (stat === undefined) throw new TypeError("expected a file");
    expect(await own.has("/a", { ...stat, links: 2 })).toBe(false);
    const blind = await createOwnFiles({ ...context, fs: changed(context.fs, { realPath: () => failing("EIO") }) });
    await expect(blind.refuse("/a", stat, { verb: "store", transfer: "move" })).rejects.toMatchObject({
      code: "BACKEND",
    });
    const denied = changed(context.fs, { lstat: () => failing("EACCES") });
    expect(await isOfCatalogInUse(denied, "/x.oplog", stat)).toBe(false);
    const broke = changed(context.fs, { lstat: () => failing("EIO") });
    await expect(isOfCatalogInUse(broke, "/x.oplog", stat)).rejects.toMatchObject({ code: "EIO" });
  });
});

function fault(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function failing(code: string): Promise<never> {
  return Promise.reject(fault(code));
}

// biome-ignore lint/correctness/useYield: a listing that fails
async function* fail(code: string): AsyncGenerator<never> {
  throw fault(code);
}

import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { isCatalogError } from "../../src/errors.ts";
import { openCatalog } from "../../src/hosts/node.ts";
import { describeWith } from "../components.ts";
import { type MountedDisk, mountDisk } from "./mounted-disk.ts";

/** Files of up to 90 kB, about half a megabyte in all. */
const SIZES = [1, 4000, 20_000, 90_000, 50_000, 70_000, 3, 80_000, 60_000, 90_000, 1000, 30_000];

/** How much room is left on the disk: for nothing, for the catalog, for some files, for nearly all. */
const ROOMS_KIB = [0, 4, 8, 16, 40, 80, 120, 160, 200, 240, 280, 320, 400, 480, 560, 640, 720, 900, 2000];

let source = "";

beforeAll(async () => {
  source = await mkdtemp(join(tmpdir(), "content-catalog-source-"));
  for (const [index, size] of SIZES.entries()) await writeFile(join(source, `file-${index}`), content(index, size));
});

afterAll(() => rm(source, { recursive: true, force: true }));

function content(index: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (at * 31 + index * 7 + (at >> 8)) % 251);
}

/** Everything that is below a folder and no folder. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return found.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
}

async function hashOf(path: string | URL): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}

/** Adds the files; gives how many failed, all of them where not even the catalog could be opened. */
async function addAll(open: () => Promise<Catalog>): Promise<number> {
  let catalog: Catalog | undefined;
  try {
    catalog = await open();
    const { failed } = await catalog.add([{ path: source }], { recursive: true });
    return failed;
  } catch (error) {
    expect(isCatalogError(error, "NO_SPACE"), String(error)).toBe(true);
    return SIZES.length;
  } finally {
    // What was acknowledged is in the log or the file; there may be no room to bring it together.
    await catalog
      ?.close()
      .catch((error: unknown) => expect(isCatalogError(error, "NO_SPACE"), String(error)).toBe(true));
  }
}

/** How many rows there are, each of them with its whole blob. */
async function countWholeRows(open: () => Promise<Catalog>): Promise<number> {
  const catalog = await open();
  try {
    let rows = 0;
    for await (const { storageUri, sha256 } of catalog.search()) {
      expect(await hashOf(new URL(storageUri))).toBe(sha256);
      rows += 1;
    }
    return rows;
  } finally {
    await catalog.close();
  }
}

describeWith("disks", "a disk that becomes full", () => {
  let disk: MountedDisk;

  beforeAll(async () => {
    disk = await mountDisk("tmpfs");
  });

  afterAll(() => disk.remove());

  it.each(["cas", "policy_path"] as const)("has nothing in part, and the rest later, under %s", async (layout) => {
    const kept: number[] = [];
    const placed = new Set<number>();
    for (const roomKiB of ROOMS_KIB) {
      const folder = join(disk.path, `${layout}-${roomKiB}`);
      await mkdir(folder);
      const rootDir = join(folder, "root");
      const open = (): Promise<Catalog> =>
        openCatalog({ catalog: { path: join(folder, "catalog.sqlite") }, storage: { rootDir, layout } });
      await disk.shell(`head -c 9M /dev/zero > disk/filler || truncate -s -${roomKiB}K disk/filler`);
      const failed = await addAll(open);
      expect(await filesBelow(join(rootDir, ".staging"))).toEqual([]);
      const whole = await Promise.all(SIZES.map((_, index) => hashOf(join(source, `file-${index}`))));
      const stored = (await filesBelow(rootDir)).filter(
        (path) => !path.includes("/.content-catalog/") && !path.endsWith("/.trash/reserve"),
      );
      placed.add(stored.length);
      for (const path of stored) expect(whole, path).toContain(await hashOf(path));
      await disk.shell("rm disk/filler");
      const rows = await countWholeRows(open);
      expect(rows).toBeGreaterThanOrEqual(SIZES.length - failed);
      kept.push(rows);
      expect(await addAll(open)).toBe(0);
      expect(await countWholeRows(open)).toBe(SIZES.length);
      expect(await readdir(folder)).toEqual(["catalog.sqlite", "root"]);
      await rm(folder, { recursive: true });
    }
    // From one end to the other: nothing fits, more and more does, all does.
    expect([kept[0], kept.at(-1)]).toEqual([0, SIZES.length]);
    expect(placed.size).toBeGreaterThan(3);
  });

  /** A catalog with one small file in it, on a disk on which so many pages are free. */
  async function fillUp(pages: number, settings: object): Promise<() => Promise<Catalog>> {
    const folder = join(disk.path, `pages-${pages}`);
    await mkdir(folder);
    const catalog = { path: join(folder, "catalog.sqlite"), ...settings };
    const open = (): Promise<Catalog> => openCatalog({ catalog, storage: { rootDir: join(folder, "root") } });
    const first = await open();
    await first.add([{ path: join(source, "file-1") }]);
    await first.close();
    await disk.shell(`head -c 9M /dev/zero > disk/filler || truncate -s -${pages * 4}K disk/filler`);
    return open;
  }

  async function removeAll(catalog: Catalog): Promise<number> {
    const ids: number[] = [];
    for await (const { id } of catalog.search()) ids.push(id);
    return (await catalog.remove(ids)).length;
  }

  it.each([
    {
      title: "if there was a log before, in what is kept back",
      ...{ pages: 0, settings: { checkpointOnClose: "never" }, checkpoint: { batches: expect.any(Number) } },
      left: ["catalog.sqlite", "root"],
    },
    {
      title: "if there is room for six pages, but the log stays",
      ...{ pages: 6, settings: {}, checkpoint: "NO_SPACE" },
      left: ["catalog.sqlite", "catalog.sqlite.oplog", "root"],
    },
  ])("can be read and removed from, $title", async ({ pages, settings, checkpoint, left }) => {
    const open = await fillUp(pages, settings);
    const catalog = await open();
    await expect(catalog.add([{ path: join(source, "file-9") }])).rejects.toMatchObject({ code: "NO_SPACE" });
    expect(await removeAll(catalog)).toBe(1);
    // Without room for another snapshot there are two files until there is some.
    const checkpointing = catalog.checkpoint().catch((error: unknown) => isCatalogError(error) && error.code);
    if (typeof checkpoint === "string") expect(await checkpointing).toBe(checkpoint);
    else expect(await checkpointing).toMatchObject(checkpoint);
    await catalog.close();
    const folder = join(disk.path, `pages-${pages}`);
    expect((await readdir(folder)).filter((name) => !name.endsWith(".reserve"))).toEqual(left);
    await disk.shell("rm disk/filler");
    const again = await openCatalog({ catalog: { path: join(folder, "catalog.sqlite") } });
    expect(await removeAll(again)).toBe(0);
    await again.checkpoint();
    await again.close();
    expect(await readdir(folder)).toEqual(["catalog.sqlite", "root"]);
    await rm(folder, { recursive: true });
  });

  it("can be read and is left alone when there is no room at all and never was a log", async () => {
    const open = await fillUp(0, {});
    const catalog = await open();
    expect(await catalog.checkpoint()).toMatchObject({ batches: 0 });
    await expect(removeAll(catalog)).rejects.toMatchObject({ code: "NO_SPACE" });
    await catalog.close();
    expect(await readdir(join(disk.path, "pages-0"))).toEqual(["catalog.sqlite", "root"]);
    await disk.shell("truncate -s -24K disk/filler");
    const again = await open();
    expect(await removeAll(again)).toBe(1);
    await again.close();
    await disk.shell("rm disk/filler");
  });
});

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { AddSource, AddSummary } from "../../src/catalog/add/add-options.ts";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { openCatalog } from "../../src/hosts/node.ts";
import { expectError, jsonLines } from "../acceptance/verdict.ts";
import { makeWorkplace, type Workplace } from "../acceptance/workplace.ts";
import { describeWith } from "../components.ts";
import { type DiskKind, type MountedDisk, mountDisk } from "./mounted-disk.ts";

/** Names that some disks refuse, or take for each other, and contents of which some come twice. */
const FILES: Readonly<Record<string, string>> = {
  "a.txt": "once and again",
  "folder/again.txt": "once and again",
  "folder/Again.TXT": "the same name but for its case",
  "folder/con.txt": "a device of Windows",
  'folder/"odd" name?.': "once and again",
  "ü 日本.bin": "x".repeat(300_000),
  "folder/copy of ü.bin": "x".repeat(300_000),
  "empty.txt": "",
};

const LAYOUTS = ["cas", "policy_path"] as const;

let place: Workplace;

beforeEach(() => {
  place = makeWorkplace();
  for (const [name, content] of Object.entries(FILES)) place.write(`tree/${name}`, content);
});

afterEach(() => place.remove());

function wordsFor(folder: string, layout: string): readonly string[] {
  const words = ["--root", join(folder, "root"), "--catalog", join(folder, "state", "catalog.sqlite"), "--json"];
  return [...words, "--set", `storage.layout=${layout}`];
}

async function add(words: readonly string[], ...paths: readonly string[]): Promise<Record<string, unknown>> {
  const ended = await place.run(["add", "-r", ...paths, ...words]);
  expect(ended, ended.stderr).toMatchObject({ exitCode: EXIT.done });
  return jsonLines(ended.stdout).at(-1) ?? {};
}

/** Works with a catalog in this process: starting the command line takes longer than all that it does here. */
async function withCatalog<Result>(
  folder: string,
  layout: (typeof LAYOUTS)[number],
  work: (catalog: Catalog) => Promise<Result>,
): Promise<Result> {
  const path = join(folder, "state", "catalog.sqlite");
  const catalog = await openCatalog({ catalog: { path }, storage: { rootDir: join(folder, "root"), layout } });
  try {
    return await work(catalog);
  } finally {
    await catalog.close();
  }
}

/** What a disk decides about duplicates, and what differs from one catalog to the next. */
const OWN_FIELDS = [
  ...["id", "storageUri", "sourceUrl", "createdAt", "updatedAt"],
  ...["files", "filesInRoot", "reclaimableBytes", "dedupBytes", "mayShareBlocks"],
];

/**
 * Adds the files to a new catalog; gives what that says, which are duplicates, less what differs elsewhere, and what
 * storing each content once would free.
 */
async function addTree(
  folder: string,
  layout: (typeof LAYOUTS)[number],
): Promise<readonly [AddSummary, unknown, number]> {
  const added = await withCatalog(folder, layout, (catalog) => catalog.add([treeOf(place)], { recursive: true }));
  const groups = await withCatalog(folder, layout, (catalog) => catalog.findDuplicates());
  const told = JSON.stringify(groups, (key, value) => (OWN_FIELDS.includes(key) ? undefined : value));
  return [added, JSON.parse(told), groups.reduce((sum, { reclaimableBytes }) => sum + reclaimableBytes, 0)];
}

function treeOf({ path }: Workplace): AddSource {
  return { path: join(path, "tree") };
}

const reports = new Map<string, unknown>();

/** Which of the same files are duplicates on the disk of the machine. */
async function reportElsewhere(layout: (typeof LAYOUTS)[number]): Promise<unknown> {
  if (!reports.has(layout)) reports.set(layout, (await addTree(join(place.path, layout), layout))[1]);
  return reports.get(layout);
}

function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return found.map(({ parentPath, name }) => join(parentPath, name)).sort();
}

/** How often files of a kind of disk share their bytes under `policy_path`: the two that repeat one of two contents. */
const SHARED: readonly (readonly [
  "xfs" | "btrfs" | "exfat" | "ntfs",
  { readonly [counter: string]: number; readonly linked: number },
])[] = [
  ["xfs", { stored: 5, cloned: 3, linked: 0 }],
  ["btrfs", { stored: 5, cloned: 3, linked: 0 }],
  ["exfat", { stored: 8, cloned: 0, linked: 0 }],
  ["ntfs", { stored: 5, cloned: 0, linked: 3 }],
];

for (const [kind, shared] of SHARED) {
  describeWith(kind, `add on ${kind}`, () => {
    const disk = useDisk(kind);

    it.each(LAYOUTS)("ends with the same report as elsewhere, under %s", async (layout) => {
      const here = join(disk().path, layout);
      const [added, report, reclaimable] = await addTree(here, layout);
      expect(added).toMatchObject(layout === "cas" ? { stored: 5, deduplicated: 3 } : shared);
      expect(report).toEqual(await reportElsewhere(layout));
      // What is one file, under however many names, frees nothing.
      expect(reclaimable === 0).toBe(layout === "cas" || shared.linked > 0);
      const again = await withCatalog(here, layout, (catalog) => catalog.add([treeOf(place)], { recursive: true }));
      expect(again).toMatchObject({ found: 8, documents: 0 });
      expect(readdirSync(join(disk().path, layout, "root", ".staging"))).toEqual([]);
      expect(readdirSync(join(disk().path, layout, "state"))).toEqual(["catalog.sqlite"]);
    });
  });
}

for (const kind of ["xfs", "btrfs"] as const) {
  describeWith(kind, `add of files that lie on ${kind} themselves`, () => {
    const disk = useDisk(kind);

    it("clones them", async () => {
      const source = join(disk().path, "source");
      mkdirSync(source);
      writeFileSync(join(source, "large.bin"), "y".repeat(500_000));
      expect(await add(wordsFor(disk().path, "cas"), source)).toMatchObject({ stored: 1 });
      // The file system says of which blocks several files are made.
      await disk().shell("filefrag -v disk/root/cas/sha256/*/* | grep shared");
    });
  });
}

describeWith("disks", "add from another device", () => {
  const disk = useDisk("tmpfs");

  it.each(["copy", "move", "hardlink"])("takes files in by --into %s", async (into) => {
    const source = join(disk().path, into);
    mkdirSync(source);
    writeFileSync(join(source, "a.bin"), "z".repeat(2_000_000));
    const words = wordsFor(join(place.path, into), "cas");
    expect(await add([...words, "--into", into], source)).toMatchObject({ stored: 1, failed: 0 });
    expect(filesBelow(source)).toHaveLength(into === "move" ? 0 : 1);
    const [blob = ""] = filesBelow(join(place.path, into, "root", "cas"));
    expect(readFileSync(blob, "utf8")).toBe("z".repeat(2_000_000));
    await disk().shell(`rm -r disk/${into}`);
  });
});

describeWith("disks", "add to a root of which a part is another device", () => {
  const disk = useDisk("tmpfs");

  it("fails and leaves nothing", async () => {
    await disk().shell("mkdir -p disk/root/cas; mount -t tmpfs -o size=1m tmpfs disk/root/cas");
    const words = wordsFor(disk().path, "cas");
    const ended = await place.run(["add", "tree/a.txt", ...words]);
    expect(ended.exitCode).toBe(EXIT.failed);
    expect(ended.stderr).toContain("it lies on another file system");
    expect(filesBelow(join(disk().path, "root", "cas"))).toEqual([]);
    expect(readdirSync(join(disk().path, "root", ".staging"))).toEqual([]);
    await disk().shell("umount disk/root/cas");
    expect(await add(words, "tree/a.txt")).toMatchObject({ stored: 1, documents: 1 });
  });
});

describeWith("disks", "add to a disk that is read-only", () => {
  const disk = useDisk("tmpfs");

  it("says so, and what is there can be read", async () => {
    const words = wordsFor(disk().path, "cas");
    await add(words, "tree/a.txt");
    const before = filesBelow(disk().path);
    await disk().shell("mount -o remount,ro disk");
    const ended = await place.run(["add", "tree/empty.txt", ...words.filter((word) => word !== "--json")]);
    const message = ["the file system is read-only (EROFS)"];
    expectError(ended, { exitCode: EXIT.failed, message, hint: "Mount it writable" });
    expect(filesBelow(disk().path)).toEqual(before);
    const shown = await place.run(["show", "file:a.txt", ...words]);
    expect(shown).toMatchObject({ exitCode: EXIT.done });
    await disk().shell("mount -o remount,rw disk");
    expect(await add(words, "tree/empty.txt")).toMatchObject({ stored: 1 });
  });
});

function useDisk(kind: DiskKind): () => MountedDisk {
  let disk: MountedDisk | undefined;
  beforeAll(async () => {
    disk = await mountDisk(kind);
  });
  afterAll(() => disk?.remove());
  return () => {
    if (disk === undefined) throw new Error("Cannot use the disk: it is not mounted yet");
    return disk;
  };
}

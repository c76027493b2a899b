import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createMemoryFileSystem } from "../../src/adapters/fs/memory.ts";
import type { FileSystem } from "../../src/ports/file-system.ts";
import { relocateCatalog, relocateText } from "./relocate.ts";

/** The layouts of which there is a root of version 0.1, with its catalog. */
export const LAYOUTS = ["cas", "policy_path"] as const;

/** The layout of a fixture. */
export type FixtureLayout = (typeof LAYOUTS)[number];

/** Where the catalog file is in a fixture that stays where it was made. */
export const CATALOG_PATH = "/library/state/catalog.sqlite";

/** The root of such a fixture. */
export const ROOT_DIR = "/library/docs";

/** A file system in memory with a catalog of version 0.1, its root, and the downloads that it names. */
export async function loadFixture(layout: FixtureLayout): Promise<FileSystem> {
  const fs = createMemoryFileSystem();
  await placeFixture(layout, fs, "/library");
  return fs;
}

/**
 * Makes `folder` what `/library` was, with that name in all rows, batches and markers: for symlinks, and for files of the
 * machine. Its parent is there, and its name needs no percent-encoding.
 */
export async function placeFixture(layout: FixtureLayout, fs: FileSystem, folder: string): Promise<void> {
  await copyFolder(join(import.meta.dirname, layout), { fs, folder, to: folder });
  const path = `${folder}/state/catalog.sqlite`;
  const log = (await fs.stat(`${path}.oplog`)) === undefined ? undefined : await fs.readFile(`${path}.oplog`);
  const snapshot = await fs.readFile(path);
  if (folder !== "/library") {
    const moved = await relocateCatalog({ snapshot, log }, folder);
    await replaceFile(fs, path, moved.snapshot);
    if (moved.log !== undefined) await replaceFile(fs, `${path}.oplog`, moved.log);
  }
  if (log !== undefined) await writeFile(fs, `${path}.reserve`, new Uint8Array(2 * snapshot.byteLength));
}

interface Target {
  readonly fs: FileSystem;
  readonly folder: string;
  readonly to: string;
}

async function copyFolder(from: string, { fs, folder, to }: Target): Promise<void> {
  await fs.makeDirectory(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, path] = [join(from, entry.name), `${to}/${entry.name}`];
    if (entry.isDirectory()) await copyFolder(source, { fs, folder, to: path });
    else if (!to.endsWith("/.content-catalog")) await writeFile(fs, path, await readFile(source));
    else await writeFile(fs, path, new TextEncoder().encode(relocateText(await readFile(source, "utf8"), folder)));
    // As they were made, which no checkout keeps.
    if (/\/cas\/sha256\/..\/\w+$/.test(path)) await fs.setMode(path, 0o444);
  }
}

async function replaceFile(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  await fs.unlink(path);
  await writeFile(fs, path, bytes);
}

async function writeFile(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const handle = await fs.open(path, "create");
  if (bytes.byteLength > 0) await handle.write(bytes);
  await handle.close();
}

import { createScratchFileSystem } from "../adapters/fs/scratch/scratch.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { hasCode } from "../core/messages/file-error.ts";
import { isInsidePath } from "../core/path.ts";
import type { Settings } from "../core/settings.ts";
import type { FileSystem } from "../ports/file-system.ts";
import { type CommonPorts, type OpenMode, openWithPorts, type SqlJsLoader } from "./_open-with-ports.ts";

/** How often the catalog may get a new snapshot while it is copied. */
const ATTEMPTS = 5;

/**
 * Opens a catalog to try something: it begins as the one that the settings name, and its root and all files beside as
 * they are. What is done to them is done in memory, and nothing at all is written. Locks of others do not count.
 * @throws {CatalogError} as `openWithPorts`
 */
export async function openScratch(
  settings: Settings,
  mode: OpenMode,
  ports: CommonPorts & SqlJsLoader,
): Promise<Catalog> {
  const { catalog, storage } = settings;
  const root = await realPathOf(ports.fs, storage.rootDir);
  const file = catalog === false ? undefined : await realPathOf(ports.fs, catalog.path);
  const fs = await copyCatalog(file, () =>
    createScratchFileSystem(ports.fs, {
      isHidden: (path) => file !== undefined && path.startsWith(`${file}.lock`),
      // Whether the device could nobody knows who does not try.
      cannotShare: (path) => isInsidePath(root, path),
    }),
  );
  const { self } = ports.processes;
  const processes = { self: () => self.call(ports.processes), isAlive: () => undefined, endIsSeen: true };
  // What is in memory only is as good without a checkpoint.
  const tried =
    catalog === false ? settings : { ...settings, catalog: { ...catalog, checkpointOnClose: "never" as const } };
  // Threads would read the files as they are, and not as they are tried.
  return openWithPorts(tried, mode, { ...ports, fs, processes, openDigests: undefined });
}

/** The path without symlinks; what is not there, or cannot be looked at, has its own. */
async function realPathOf(fs: FileSystem, path: string): Promise<string> {
  try {
    return await fs.realPath(path);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP", "ENOTCAPABLE")) return path;
    throw error;
  }
}

/** Takes a catalog file with its log into memory, as others may write to them meanwhile. */
async function copyCatalog(file: string | undefined, create: () => FileSystem): Promise<FileSystem> {
  for (let attempt = 1; ; attempt++) {
    const fs = create();
    if (file === undefined) return fs;
    const before = await fs.stat(file);
    if (before?.kind !== "file") return fs;
    const copy = create();
    await copyFile(copy, file);
    await copyFile(copy, `${file}.oplog`);
    const after = await fs.stat(file);
    const isSame = after?.identity === before.identity && after.modifiedMs === before.modifiedMs;
    if (isSame || attempt === ATTEMPTS) return copy;
  }
}

async function copyFile(fs: FileSystem, path: string): Promise<void> {
  const stat = await fs.stat(path);
  if (stat?.kind !== "file") return;
  const bytes = await fs.readFile(path);
  await fs.unlink(path);
  const handle = await fs.open(path, "create", stat.mode);
  for (let at = 0; at < bytes.byteLength; ) at += await handle.write(bytes.subarray(at));
  await handle.close();
}

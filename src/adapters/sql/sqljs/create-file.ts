import { asCatalogError, hasCode } from "../../../core/messages/file-error.ts";
import { parentPath } from "../../../core/path.ts";
import type { FileHandle, FileSystem } from "../../../ports/file-system.ts";
import { saysNoLinks } from "./keep-previous.ts";
import { discard, writeNewFile } from "./snapshot.ts";
import type { WriterLock } from "./writer-lock.ts";

/** What is needed to create a catalog file. */
export interface CreateFileOptions {
  readonly fs: FileSystem;
  readonly path: string;
  /** A free name in the same folder. */
  readonly temporaryPath: string;
  readonly bytes: Uint8Array;
  /** For file systems that cannot give a file its name without replacing. */
  readonly lock: WriterLock;
}

/**
 * Creates the catalog file, complete and durable, unless another creator is first: then that one's file stays.
 * @throws {CatalogError} PERMISSION, NO_SPACE, READ_ONLY, BUSY, BACKEND
 */
export async function createFile(options: CreateFileOptions): Promise<void> {
  const { fs, path, temporaryPath, bytes } = options;
  try {
    await makeFolders(fs, parentPath(path));
    let handle: FileHandle | undefined;
    try {
      handle = await writeNewFile(fs, temporaryPath, { bytes });
      await placeWithoutReplacing(options);
    } finally {
      await discard(fs, temporaryPath, handle);
    }
    await fs.syncDirectory(parentPath(path));
  } catch (error) {
    throw asCatalogError(error, { verb: "create", path });
  }
}

/** Makes a folder and its parents where they are missing, each durable before the next. */
async function makeFolders(fs: FileSystem, path: string): Promise<void> {
  if ((await fs.stat(path)) !== undefined) return;
  const parent = parentPath(path);
  if (parent !== path) await makeFolders(fs, parent);
  try {
    await fs.makeDirectory(path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
  await fs.syncDirectory(parent);
}

async function placeWithoutReplacing(options: CreateFileOptions): Promise<void> {
  const { fs, path, temporaryPath, lock } = options;
  if (fs.capabilities.hardlink) {
    try {
      await fs.link(temporaryPath, path);
      return;
    } catch (error) {
      // ENOENT: a writer of the catalog that another has created took our file for a leftover.
      if (hasCode(error, "EEXIST", "ENOENT") && (await fs.lstat(path)) !== undefined) return;
      if (!saysNoLinks(error)) throw error;
    }
  }
  await lock.acquire();
  try {
    if ((await fs.lstat(path)) === undefined) await fs.rename(temporaryPath, path);
  } finally {
    await lock.release();
  }
}

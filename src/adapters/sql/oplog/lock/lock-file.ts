import { hasCode } from "../../../../core/messages/file-error.ts";
import type { FileHandle, FileSystem } from "../../../../ports/file-system.ts";
import { closeQuietly } from "../protocol/store.ts";

/** A file that is to get the name of the lock. */
export interface OwnFile {
  /** A name that nobody else uses. */
  readonly path: string;
  /** Open for writing: heartbeats go through it. */
  readonly handle: FileHandle;
  /** What it says. */
  readonly bytes: Uint8Array;
}

/** The name of a claim to the lock. */
export function claimPath(lock: string, nonce: string): string {
  return `${lock}.${nonce}`;
}

/** The name of the sign of life that belongs to a claim. */
export function signPath(lock: string, nonce: string): string {
  return `${claimPath(lock, nonce)}.alive`;
}

/** What a file system says that cannot give a file a second name, here or at all. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"] as const;

/**
 * Gives a file the name of the lock, unless another has it: then `undefined`. Where links do not exist a copy gets the
 * name, and the handle is that of the copy.
 */
export async function nameLock(fs: FileSystem, own: OwnFile, lock: string): Promise<FileHandle | undefined> {
  try {
    if (await linkWherePossible(fs, own.path, lock)) return own.handle;
    const copy = await copyExclusively(fs, own, lock);
    // It was unfinished for a moment; who found it like that for too long has taken it away.
    if ((await copy.stat()).identity !== (await fs.lstat(lock))?.identity) {
      await closeQuietly(copy);
      return undefined;
    }
    await closeQuietly(own.handle);
    return copy;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return undefined;
    throw error;
  }
}

/** `false` where links do not exist. */
export async function linkWherePossible(fs: FileSystem, from: string, to: string): Promise<boolean> {
  if (!fs.capabilities.hardlink) return false;
  try {
    await fs.link(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, ...NO_LINKS)) return false;
    throw error;
  }
}

async function copyExclusively(fs: FileSystem, { bytes }: OwnFile, to: string): Promise<FileHandle> {
  const handle = await fs.open(to, "create");
  try {
    await writeAll(handle, bytes);
    return handle;
  } catch (error) {
    await closeQuietly(handle);
    await unlinkIfThere(fs, to);
    throw error;
  }
}

/** Writes all of it, in as many writes as that takes. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let position = 0; position < bytes.byteLength; ) position += await handle.write(bytes.subarray(position));
}

/** Creates an empty file unless there is one. */
export async function createIfMissing(fs: FileSystem, path: string): Promise<void> {
  try {
    await (await fs.open(path, "create")).close();
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
}

/** Removes a file if it is there. */
export async function unlinkIfThere(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.unlink(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

/** Runs what may fail by chance, a second time if it does. */
export async function twice(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch {
    await work();
  }
}

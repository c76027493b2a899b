import { hasCode } from "../../../../core/messages/file-error.ts";
import { parentPath } from "../../../../core/path.ts";
import type { FileHandle, FileSystem } from "../../../../ports/file-system.ts";
import { firstChain } from "../log/chain.ts";
import { encodeHeader, HEADER_BYTES } from "../log/log-header.ts";
import { isDead, readHeader } from "../log/op-log.ts";
import { openRegularFile } from "../regular-file.ts";
import { PrivateDirectory } from "./private-directory.ts";
import { closeQuietly, type Loaded, Overtaken, type StoreParts } from "./store.ts";

/** What a file system says that cannot give a file a second name, here or at all. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"] as const;

/** Appended to a dead log, so that a header that comes behind it is none. */
const DEAD_MARK = new Uint8Array(1);

/**
 * Creates a catalog with nothing in it, complete and durable; nothing happens when one is there already.
 * Gives `false`, and has made only the folders, where a file can have no second name: then nothing but the lock keeps
 * two who create apart, and it is to be called `underLock`.
 */
export async function createSnapshot(parts: StoreParts, { underLock }: { underLock: boolean }): Promise<boolean> {
  const { fs, files, digest, entropy, replicas, rules } = parts;
  await makeFolders(fs, files.folder);
  const catalogId = entropy.nonce();
  const bytes = await replicas.create({ catalogId, sequence: 0, chain: await firstChain(digest, catalogId) });
  const placed = await inPrivate(parts, async (directory) => {
    await directory.write("new", bytes, true);
    if (rules.createdWithoutReplacing) {
      if (await directory.guard(() => linkedOrTaken(fs, directory.file("new"), files.snapshot))) return true;
      if (!underLock) return false;
      if ((await fs.lstat(files.snapshot)) !== undefined) return true;
    }
    await directory.guard(() => fs.rename(directory.file("new"), files.snapshot));
    return true;
  });
  if (placed !== false) await fs.syncDirectory(files.folder);
  return placed !== false;
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

/** The header of a log that starts where a replica and its snapshot are. */
export async function headerFor(parts: StoreParts, loaded: Loaded, fingerprint: string): Promise<Uint8Array> {
  const { catalogId, sequence, chain } = loaded;
  const nonce = parts.entropy.nonce();
  return encodeHeader(parts.digest, { catalogId, nonce, baseSequence: sequence, baseChain: chain, fingerprint });
}

/** Creates a log for a snapshot that has none; nothing happens when there is one by now. */
export async function createLog(parts: StoreParts, loaded: Loaded): Promise<void> {
  const { fs, files, rules } = parts;
  // Else the log's name could outlive that of a snapshot that was created a moment ago.
  if (rules.snapshotNamedFirst) await fs.syncDirectory(files.folder);
  const bytes = await headerFor(parts, loaded, await loaded.snapshot.fingerprint());
  await inPrivate(parts, async (directory) => {
    await removeDeadLog(parts, directory);
    await directory.write("new", bytes, rules.headerSyncedFirst);
    await directory.guard(async () => {
      if (!rules.linkWithoutReplacing) await fs.rename(directory.file("new"), files.log);
      else if (!(await linkedOrTaken(fs, directory.file("new"), files.log))) await createInPlace(fs, files.log, bytes);
    });
  });
}

/** Runs `work` with a private directory; `undefined` when somebody took that away: the next look tells what came of it. */
async function inPrivate<Result>(
  parts: StoreParts,
  work: (directory: PrivateDirectory) => Promise<Result>,
): Promise<Result | undefined> {
  const directory = await PrivateDirectory.create(parts);
  try {
    return await work(directory);
  } catch (error) {
    if (!(error instanceof Overtaken)) throw error;
    return undefined;
  } finally {
    await directory.remove();
  }
}

/** `false` where links do not exist. */
async function linkedOrTaken(fs: FileSystem, from: string, path: string): Promise<boolean> {
  if (!fs.capabilities.hardlink) return false;
  try {
    await fs.link(from, path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return true;
    if (hasCode(error, ...NO_LINKS)) return false;
    throw error;
  }
}

/**
 * Makes a log where links do not exist: the exclusive creation gives the name to one, and the header is appended, so
 * that it is no header any more behind the mark of somebody who took the log for dead. Until it is complete it is dead.
 */
async function createInPlace(fs: FileSystem, path: string, header: Uint8Array): Promise<void> {
  try {
    await (await fs.open(path, "create")).close();
  } catch (error) {
    // Somebody else has the name.
    if (hasCode(error, "EEXIST")) return;
    throw error;
  }
  const opened = await openRegularFile(fs, path, "append");
  // Somebody took it away again.
  if (opened === undefined) return;
  const { handle } = opened;
  try {
    // A short write leaves a dead log, which the next look finds.
    await handle.write(header);
    await handle.sync();
  } catch (error) {
    // A header that may not be on the device: who syncs it after this failure would not hear of it.
    await removeOwn(fs, path, handle).catch(() => undefined);
    throw error;
  } finally {
    await closeQuietly(handle);
  }
}

async function removeOwn(fs: FileSystem, path: string, handle: FileHandle): Promise<void> {
  const { identity } = await handle.stat();
  if ((await fs.lstat(path))?.identity === identity) await fs.unlink(path);
}

/** Marks a log as dead and removes it, so that a new one can be created; any other stays. Needs the lock. */
export async function removeDeadLog(parts: StoreParts, directory: PrivateDirectory): Promise<void> {
  const { fs, files, logger } = parts;
  const opened = await openRegularFile(fs, files.log, "append");
  if (opened === undefined) return;
  const { handle } = opened;
  try {
    if (!(await looksDead(parts, handle))) return;
    // Whoever began it and only slept: now its header comes behind this, or came before. A log as long as a header has
    // none for good, and longer it could look like a damaged one.
    if ((await handle.stat()).sizeBytes < HEADER_BYTES) await handle.write(DEAD_MARK);
    if (!(await looksDead(parts, handle))) return;
    logger?.log("warn", "replacing a log that was never completed", { path: files.log });
    const dead = directory.file("dead");
    await directory.guard(() => fs.rename(files.log, dead));
    const moved = await fs.lstat(dead);
    const { identity } = await handle.stat();
    // Whoever had the lock stolen replaced it a moment before.
    if (moved?.identity !== identity && (await fs.lstat(files.log)) === undefined) await fs.rename(dead, files.log);
  } finally {
    await closeQuietly(handle);
  }
}

async function looksDead({ digest, files }: StoreParts, handle: FileHandle): Promise<boolean> {
  const header = await readHeader(handle, digest, files.log);
  return header === undefined && isDead((await handle.stat()).sizeBytes);
}

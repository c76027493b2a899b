import { hasCode } from "../../../../core/messages/file-error.ts";
import { parentPath } from "../../../../core/path.ts";
import type { FileSystem } from "../../../../ports/file-system.ts";
import { firstChain } from "../log/chain.ts";
import { encodeHeader } from "../log/log-header.ts";
import { PrivateDirectory } from "./private-directory.ts";
import { type Loaded, Overtaken, type StoreParts } from "./store.ts";

/** What a file system says that cannot give a file a second name, here or at all. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"] as const;

/** Creates a catalog with nothing in it, complete and durable; nothing happens when one is there already. */
export async function createSnapshot(parts: StoreParts): Promise<void> {
  const { fs, files, digest, entropy, replicas } = parts;
  await makeFolders(fs, files.folder);
  const catalogId = entropy.nonce();
  const bytes = replicas.create({ catalogId, sequence: 0, chain: await firstChain(digest, catalogId) });
  await placeNew(parts, files.snapshot, { bytes, sync: true, replace: false });
  await fs.syncDirectory(files.folder);
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
  const bytes = await headerFor(parts, loaded, loaded.snapshot.fingerprint);
  await placeNew(parts, files.log, { bytes, sync: rules.headerSyncedFirst, replace: !rules.linkWithoutReplacing });
}

interface NewFile {
  readonly bytes: Uint8Array;
  readonly sync: boolean;
  readonly replace: boolean;
}

/** Gives a new file its name, complete and synced, unless the name is taken. */
async function placeNew(parts: StoreParts, path: string, { bytes, sync, replace }: NewFile): Promise<void> {
  const { fs } = parts;
  const directory = await PrivateDirectory.create(parts);
  try {
    await directory.write("new", bytes, sync);
    await directory.guard(async () => {
      if (replace || !(await linkedOrTaken(fs, directory.file("new"), path)))
        await fs.rename(directory.file("new"), path);
    });
  } catch (error) {
    // Somebody tidied up. The next look tells whether the file is there.
    if (!(error instanceof Overtaken)) throw error;
  } finally {
    await directory.remove();
  }
}

/** `false` where links do not exist: there the lock has to keep others away, and the name is free. */
async function linkedOrTaken(fs: FileSystem, from: string, path: string): Promise<boolean> {
  if (fs.capabilities.hardlink) {
    try {
      await fs.link(from, path);
      return true;
    } catch (error) {
      if (hasCode(error, "EEXIST")) return true;
      if (!hasCode(error, ...NO_LINKS)) throw error;
    }
  }
  return (await fs.lstat(path)) !== undefined;
}

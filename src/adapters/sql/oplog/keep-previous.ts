import { hasCode } from "../../../core/messages/file-error.ts";
import { parentPath } from "../../../core/path.ts";
import type { FileSystem } from "../../../ports/file-system.ts";

/** What a file system says that cannot give a file a second name, here or at all. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EXDEV"] as const;

/** Whether `error` says that links do not exist here, so that another way has to be taken. */
export function saysNoLinks(error: unknown): boolean {
  return hasCode(error, ...NO_LINKS);
}

/**
 * Keeps the catalog file under the name `<path>.v<version>`, durably, before a newer schema takes its place. A file
 * that has that name already is never touched: if it is another one, the next free name with a number is taken.
 */
export async function keepPrevious(fs: FileSystem, path: string, version: number): Promise<void> {
  for (let copy = 1; ; ) {
    const outcome = await tryToKeep(fs, path, copy === 1 ? `${path}.v${version}` : `${path}.v${version}.${copy}`);
    if (outcome === "kept") break;
    if (outcome === "taken") copy += 1;
  }
  await fs.syncDirectory(parentPath(path));
}

async function tryToKeep(fs: FileSystem, path: string, name: string): Promise<"kept" | "taken" | "replaced"> {
  const identity = (await fs.stat(path))?.identity;
  try {
    await linkOrCopy(fs, path, name);
    return "kept";
  } catch (error) {
    // The same file: an earlier migration got this far.
    if (hasCode(error, "EEXIST")) return (await fs.lstat(name))?.identity === identity ? "kept" : "taken";
    // What a link has found may be replaced before it is made, and is gone then.
    if (hasCode(error, "ENOENT") && (await fs.stat(path)) !== undefined) return "replaced";
    throw error;
  }
}

async function linkOrCopy(fs: FileSystem, path: string, name: string): Promise<void> {
  if (fs.capabilities.hardlink) {
    try {
      await fs.link(path, name);
      return;
    } catch (error) {
      if (!saysNoLinks(error)) throw error;
    }
  }
  const bytes = await fs.readFile(path);
  const handle = await fs.open(name, "create", (await fs.stat(path))?.mode);
  try {
    for (let position = 0; position < bytes.byteLength; ) position += await handle.write(bytes.subarray(position));
    await handle.sync();
  } finally {
    await handle.close();
  }
}
